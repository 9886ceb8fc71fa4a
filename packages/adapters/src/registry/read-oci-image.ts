import { hexOfDigest, parseDigest } from '@osrel/core';
import { archiveDamaged, readArchiveJson } from '../archive-tar.ts';
import type { LayerRange } from '../layer-content.ts';
import { imageConfigSchema } from '../read-docker-archive.ts';
import type { ArchiveFiles } from './archive-files.ts';
import {
  digestOf,
  type ImageManifest,
  type IndexEntry,
  imageIndexSchema,
  imageManifestSchema,
  listImages,
} from './image-manifest.ts';
import type { ArchivedImage } from './read-image-archive.ts';

/** An index that names an index is common; one more is not. */
const DEEPEST = 3;

/** The one image of an OCI layout (image spec 1.1). Throws integrity `image.archive-damaged`. */
export async function readOciImage(files: ArchiveFiles): Promise<Omit<ArchivedImage, 'checkUnchanged'>> {
  const { place } = files;
  const manifest = await findManifest(files);
  const at = await getBlob(files, manifest.config.digest);
  const config = await readArchiveJson(at.file, at.range, imageConfigSchema);
  checkDigest(place, config.text, manifest.config.digest);
  const diffIds = config.value.rootfs.diff_ids;
  if (diffIds.length !== manifest.layers.length) {
    throw archiveDamaged(
      place,
      `the manifest lists ${manifest.layers.length} layers, the image config ${diffIds.length}`,
    );
  }
  const layers = [];
  for (const [index, { digest }] of manifest.layers.entries())
    layers.push({ ...(await getBlob(files, digest)), diffId: diffIds[index] ?? '' });
  return { configText: config.text, layers };
}

async function findManifest(files: ArchiveFiles): Promise<ImageManifest> {
  const { place } = files;
  let at = await getFile(files, 'index.json');
  let expected: string | undefined;
  for (let depth = 0; depth < DEEPEST; depth += 1) {
    const { value, text } = await readArchiveJson(at.file, at.range, imageIndexSchema);
    if (expected !== undefined) checkDigest(place, text, expected);
    const [image, ...others] = distinct(listImages(value));
    if (image === undefined || others.length > 0) {
      const count = image === undefined ? 0 : others.length + 1;
      throw archiveDamaged(place, `${at.range.name} lists ${count} images, one is needed`);
    }
    at = await getBlob(files, image.digest);
    if (!/\.index\.|manifest\.list/.test(image.mediaType)) {
      const manifest = await readArchiveJson(at.file, at.range, imageManifestSchema);
      checkDigest(place, manifest.text, image.digest);
      return manifest.value;
    }
    expected = image.digest;
  }
  throw archiveDamaged(place, `its indexes name each other more than ${DEEPEST} deep`);
}

/** One image under two names is one image. */
function distinct(images: readonly IndexEntry[]): readonly IndexEntry[] {
  return [...new Map(images.map((image) => [image.digest, image])).values()];
}

function getBlob(files: ArchiveFiles, digest: string): Promise<LayerRange> {
  return getFile(files, `blobs/sha256/${hexOfDigest(parseDigest(digest))}`);
}

async function getFile(files: ArchiveFiles, name: string): Promise<LayerRange> {
  const found = await files.find(name);
  if (found !== undefined) return found;
  throw archiveDamaged(files.place, `its file "${name}" is missing; the archive may be cut short`);
}

function checkDigest(place: string, text: string, expected: string): void {
  const found = digestOf(text);
  if (found !== expected) throw archiveDamaged(place, `a file of digest ${expected} has ${found}`);
}
