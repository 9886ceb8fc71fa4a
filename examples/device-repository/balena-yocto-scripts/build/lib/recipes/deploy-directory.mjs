import { mkdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * The folder a build puts its results into. A file appears under its name only when it is whole.
 * @param {string} root build/tmp/deploy
 * @param {string} machine
 * @param {string} stamp year to second, part of the names of timestamped files
 */
export function createDeployDirectory(root, machine, stamp) {
  const images = join(root, 'images', machine);

  async function put(path, bytes) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.part`, bytes);
    await rename(`${path}.part`, path);
  }

  /** `<stem>-<stamp><suffix>` with a link `<stem><suffix>` to it; the file the link named before is removed. */
  async function linked(stem, suffix, write) {
    await mkdir(images, { recursive: true });
    const [real, link] = [`${stem}-${stamp}${suffix}`, join(images, stem + suffix)];
    await write(join(images, `${real}.part`));
    await rename(join(images, `${real}.part`), join(images, real));
    const before = await readlink(link).catch(() => undefined);
    await rm(`${link}.part`, { force: true });
    await symlink(real, `${link}.part`);
    await rename(`${link}.part`, link);
    if (before !== undefined && before !== real && !before.includes('/'))
      await rm(join(images, before), { force: true });
  }

  return {
    images,
    putImageFile: (name, bytes) => put(join(images, name), bytes),
    putSibling: (path, bytes) => put(join(root, path), bytes),
    putLinked: (stem, suffix, bytes) => linked(stem, suffix, (path) => writeFile(path, bytes)),
    writeLinked: linked,
  };
}

/** 20260101000000, the way the names of built images carry their time. */
export function timeStamp(epochSeconds) {
  return new Date(epochSeconds * 1000).toISOString().replaceAll(/\D/g, '').slice(0, 14);
}
