import { join } from 'node:path';
import { fatImage } from '../formats/fat.mjs';
import { EFI_SYSTEM, LINUX_FILE_SYSTEM, layOutGpt } from '../formats/gpt.mjs';
import { layOutMbr } from '../formats/mbr.mjs';
import { stableNumber, stableUuid } from '../formats/stable-id.mjs';
import { ext4Image } from './ext4.mjs';
import { findValue, getValue, RecipeError } from './variables.mjs';

const SECTOR_BYTES = 512;
const FAT_LBA = 0x0c;
const LINUX = 0x83;

/**
 * The partitions of a disk image in their fixed order: boot, rootA, rootB, state, data.
 * @param {{ recipe: object, trees: { boot: Map, rootA: Map, state: Map, data: Map }, epochSeconds: number,
 *   withExt4: boolean, workDirectory: string }} request
 * @returns {Promise<{ sizeBytes: number, pieces: { offset: number, bytes: Buffer }[], names: string[] }>}
 */
export async function buildDiskImage({ recipe, trees, epochSeconds, withExt4, workDirectory }) {
  const { variables } = recipe;
  const prefix = getValue(variables, 'IMAGE_LABEL_PREFIX', recipe.file);
  const identity = [recipe.name, findValue(variables, 'MACHINE'), findValue(variables, 'HOSTOS_VERSION')];
  const plans = partitionPlans(recipe, trees).map((plan) => ({ ...plan, label: prefix + plan.name }));
  const contents = [];
  for (const { name, label, sizeBytes, tree, format } of plans) {
    const uuid = stableUuid('file-system', ...identity, name);
    const volumeId = stableNumber('volume', ...identity, name);
    const fat = format === 'fat' || !withExt4;
    contents.push(
      fat
        ? fatImage({
            tree: fat && format !== 'fat' ? withoutLinks(tree) : tree,
            sizeBytes,
            label,
            volumeId,
            epochSeconds,
          })
        : await ext4Image({ tree, sizeBytes, label, uuid, epochSeconds }, join(workDirectory, name)),
    );
  }
  const { pieces, starts, sectors } = layOut(recipe, plans, identity, withExt4);
  const files = contents.map((bytes, index) => ({ offset: starts[index] * SECTOR_BYTES, bytes }));
  return {
    sizeBytes: sectors * SECTOR_BYTES,
    pieces: [...pieces, ...files],
    names: plans.map(({ label }) => label),
  };
}

function partitionPlans(recipe, trees) {
  const flasher = recipe.variables.get('IMAGE_KIND') === 'flasher';
  const rootSize = flasher
    ? kibibytes(recipe, 'BALENA_FLASHER_ROOT_SIZE')
    : kibibytes(recipe, 'BALENA_ROOT_SIZE');
  return [
    { name: 'boot', format: 'fat', sizeBytes: kibibytes(recipe, 'BALENA_BOOT_SIZE'), tree: trees.boot },
    { name: 'rootA', format: 'ext4', sizeBytes: rootSize, tree: trees.rootA },
    { name: 'rootB', format: 'ext4', sizeBytes: kibibytes(recipe, 'BALENA_ROOT_SIZE'), tree: new Map() },
    { name: 'state', format: 'ext4', sizeBytes: kibibytes(recipe, 'BALENA_STATE_SIZE'), tree: trees.state },
    { name: 'data', format: 'ext4', sizeBytes: kibibytes(recipe, 'BALENA_DATA_SIZE'), tree: trees.data },
  ];
}

function kibibytes(recipe, name) {
  const text = getValue(recipe.variables, name, recipe.file);
  if (!/^[1-9]\d{0,7}$/.test(text)) throw new RecipeError(`${name} is no size in KiB: ${text}`);
  return Number(text) * 1024;
}

function layOut(recipe, plans, identity, withExt4) {
  const alignmentSectors = kibibytes(recipe, 'BALENA_IMAGE_ALIGNMENT') / SECTOR_BYTES;
  const table = getValue(recipe.variables, 'PARTITION_TABLE_TYPE', recipe.file);
  if (table === 'gpt') {
    const partitions = plans.map(({ name, label, sizeBytes }) => ({
      type: name === 'boot' ? EFI_SYSTEM : LINUX_FILE_SYSTEM,
      guid: stableUuid('partition', ...identity, name),
      name: label,
      sectors: sizeBytes / SECTOR_BYTES,
    }));
    return layOutGpt({ diskGuid: stableUuid('disk', ...identity), alignmentSectors, partitions });
  }
  if (table !== 'msdos') throw new RecipeError(`PARTITION_TABLE_TYPE is neither msdos nor gpt: ${table}`);
  const partitions = plans.map(({ name, format, sizeBytes }) => ({
    type: format === 'fat' || !withExt4 ? FAT_LBA : LINUX,
    sectors: sizeBytes / SECTOR_BYTES,
    bootable: name === 'boot',
  }));
  return layOutMbr({ signature: stableNumber('disk', ...identity), alignmentSectors, partitions });
}

/** FAT has no links: what a link names is listed in one text file instead of being lost. */
function withoutLinks(tree) {
  const links = [...tree].filter(([, entry]) => entry.kind === 'link');
  if (links.length === 0) return tree;
  const kept = new Map([...tree].filter(([, entry]) => entry.kind !== 'link'));
  const text = links.map(([path, { target }]) => `${path} -> ${target}\n`).join('');
  return kept.set('links.txt', { kind: 'file', bytes: Buffer.from(text), mode: 0o644 });
}
