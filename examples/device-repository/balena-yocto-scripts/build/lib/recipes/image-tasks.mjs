import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { writeSparseFile } from '../formats/byte-image.mjs';
import { cyclonedxOf } from '../formats/cyclonedx.mjs';
import { dockerArchive } from '../formats/docker-archive.mjs';
import { tarOf } from '../formats/tar.mjs';
import { mergeTrees, textFile } from '../formats/tree.mjs';
import { unifiedKernelImage } from './boot-packages.mjs';
import { buildDiskImage } from './disk-image.mjs';
import { bootFiles, emptyDirectories, manifestText, rootFileSystem } from './root-file-system.mjs';
import { runProgram } from './run-program.mjs';
import { findValue, getValue, RecipeError, wordsOf } from './variables.mjs';

const GREETINGS = { system: 'booted', flasher: 'flasher booted' };

/** do_rootfs of a bootable image: its root and boot files. */
export async function makeRootFileSystem(recipe, build) {
  const unified = findValue(recipe.variables, 'UNIFIED_KERNEL') === '1' ? build.bootPackages : undefined;
  if (unified?.kind === 'missing') {
    build.terminal.warn(
      `${recipe.name}: no kernel in this image: ${unified.directory} lacks ${unified.lacks.join(', ')}.`,
    );
  }
  const boots = unified?.kind === 'found' ? unified : undefined;
  const { packages, tree } = rootFileSystem(recipe, build.packages, boots?.busybox);
  const osRelease = tree.get('etc/os-release')?.bytes.toString('utf8');
  if (osRelease === undefined) throw new RecipeError(`${recipe.file}: no package brings /etc/os-release`);
  const unifiedKernel =
    boots &&
    unifiedKernelImage({
      packages: boots,
      commandLine: getValue(recipe.variables, 'KERNEL_CMDLINE', recipe.file),
      osRelease,
      greeting: GREETINGS[recipe.variables.get('IMAGE_KIND')],
      epochSeconds: build.epochSeconds,
    });
  const boot = bootFiles({
    packages,
    deviceType: build.deviceType,
    osRelease,
    flagName: recipe.name,
    unifiedKernel,
  });
  const rootA = mergeTrees(emptyDirectories(), tree);
  build.results.set(recipe.name, {
    packages,
    rootA,
    boot,
    osRelease,
    copyrights: boots?.copyrights ?? new Map(),
  });
}

/** do_image of a bootable image: the partitioned disk image, its list of packages, the xz form when asked. */
export async function makeDiskImage(recipe, build) {
  const result = build.results.get(recipe.name);
  const image = await buildDiskImage({
    recipe,
    trees: await partitionTrees(recipe, build, result),
    epochSeconds: build.epochSeconds,
    withExt4: build.withExt4,
    workDirectory: join(build.workDirectory, recipe.name),
  });
  const stem = `${recipe.name}-${build.machine}`;
  await build.deploy.writeLinked(stem, '.balenaos-img', (path) =>
    writeSparseFile(path, image.sizeBytes, image.pieces),
  );
  await build.deploy.putLinked(stem, '.manifest', manifestText(result.packages));
  build.terminal.note(`${stem}.balenaos-img: ${image.sizeBytes} bytes, partitions ${image.names.join(' ')}`);
  if (findValue(recipe.variables, 'BALENA_RAW_IMG_COMPRESSION') === 'xz') await compressImage(stem, build);
}

async function partitionTrees(recipe, build, { boot, rootA }) {
  const flashed = findValue(recipe.variables, 'FLASHED_IMAGE');
  if (flashed !== undefined) {
    const link = join(build.deploy.images, `${flashed}-${build.machine}.balenaos-img`);
    const bytes = gzipSync(await readFile(link), { level: 1 });
    const path = `opt/${flashed}-${build.machine}.balenaos-img.gz`;
    const carried = mergeTrees(rootA, new Map([[path, { kind: 'file', bytes, mode: 0o644 }]]));
    return { boot, rootA: carried, state: new Map(), data: new Map() };
  }
  return {
    boot,
    rootA,
    state: new Map([['remove_me_to_reset', textFile('')]]),
    data: new Map([
      ['apps.json', textFile('{"apps":{}}\n')],
      ['docker', { kind: 'directory', mode: 0o710 }],
    ]),
  };
}

async function compressImage(stem, build) {
  const image = await realpath(join(build.deploy.images, `${stem}.balenaos-img`));
  await build.deploy.writeLinked(stem, '.balenaos-img.xz', async (path) => {
    // Its own output file would keep the time of the run; xz itself stores none.
    const script = 'exec xz --threads=1 -1 --stdout -- "$1" > "$2"';
    const { status, stderr } = await runProgram('sh', ['-c', script, 'sh', image, path]);
    if (status !== 0)
      throw new Error(`xz could not compress ${image}: ${stderr.trim() || `status ${status}`}`);
  });
}

/** do_deploy of the system image: the hostapp archive, the versions and os-release. */
export async function deployHostapp(recipe, build) {
  const { rootA, osRelease } = build.results.get(recipe.name);
  await putArchive(recipe, build, { tree: rootA, command: ['/sbin/init'] });
  await build.deploy.putImageFile('VERSION', `${build.supervisorVersion}\n`);
  await build.deploy.putImageFile('VERSION_HOSTOS', `${build.version}\n`);
  await build.deploy.putImageFile('os-release', osRelease);
}

/** do_image of an extension: the archive of its files and their list. */
export async function makeExtension(recipe, build) {
  const { packages, tree } = rootFileSystem(recipe, build.packages);
  build.results.set(recipe.name, { packages, rootA: tree, copyrights: new Map() });
  await putArchive(recipe, build, { tree, labels: { 'io.balena.image.os-version': build.version } });
  await build.deploy.putImageFile(`${recipe.name}.manifest`, manifestText(packages));
}

async function putArchive(recipe, build, { tree, command, labels = {} }) {
  const pairs = wordsOf(recipe.variables, 'IMAGE_LABELS').map((word) => {
    const cut = word.indexOf('=');
    if (cut < 1) throw new RecipeError(`${recipe.file}: IMAGE_LABELS holds ${word}, which is no NAME=VALUE`);
    return [word.slice(0, cut), word.slice(cut + 1)];
  });
  const stem = `${recipe.name}-${build.machine}`;
  const archive = dockerArchive({
    tree,
    // A tag knows no plus sign.
    reference: `${stem}:${build.version.replaceAll('+', '-')}`,
    architecture: getValue(recipe.variables, 'CONTAINER_ARCH', recipe.file),
    labels: { ...Object.fromEntries(pairs), ...labels },
    epochSeconds: build.epochSeconds,
    ...(command && { command }),
  });
  await build.deploy.putLinked(stem, '.docker', archive);
}

/** do_create_sbom and do_populate_lic of an image: the bill of materials and the licence texts. */
export async function deployRecords(recipe, build) {
  const { packages, rootA, copyrights } = build.results.get(recipe.name);
  const { machine, version, epochSeconds } = build;
  const bom = cyclonedxOf({ image: recipe.name, machine, version, epochSeconds, tree: rootA, packages });
  await build.deploy.putSibling(
    `cyclonedx-export/${recipe.name}/bom.json`,
    `${JSON.stringify(bom, null, 2)}\n`,
  );
  for (const found of packages) {
    const folder = `licenses/${found.name}`;
    await build.deploy.putSibling(`${folder}/${found.license}`, found.licenseText);
    const facts = `LICENSE: ${found.license}\nPR: r0\nPV: ${found.version}\n`;
    await build.deploy.putSibling(`${folder}/recipeinfo`, facts);
  }
  for (const [name, text] of copyrights) await build.deploy.putSibling(`licenses/${name}/copyright`, text);
  const listing = packages
    .map(({ name, version: own, license }) => licenseEntry(name, own, license))
    .join('\n');
  await build.deploy.putSibling(`licenses/${recipe.name}-${machine}/license.manifest`, listing);
}

function licenseEntry(name, version, license) {
  return `PACKAGE NAME: ${name}\nPACKAGE VERSION: ${version}\nRECIPE NAME: ${name}\nLICENSE: ${license}\n`;
}

/** do_deploy of the headers: kernel_modules_headers.tar.gz. */
export async function deployHeaders(recipe, build) {
  const headers = build.packages.get(recipe.name).headers;
  const below = new Map([...headers].map(([path, entry]) => [`kernel_modules_headers/${path}`, entry]));
  const archive = gzipSync(tarOf(below, build.epochSeconds), { level: 9 });
  await build.deploy.putImageFile('kernel_modules_headers.tar.gz', archive);
}
