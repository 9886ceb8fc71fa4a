import { access, copyFile, mkdir, readdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { BarysError } from './log.mjs';

const SAMPLE = 'bblayers.conf.sample';

/**
 * The folder with the configuration samples: the given one, else the only one below layers/meta-balena*, else
 * that of the layer with the highest BBFILE_PRIORITY.
 * @param {string} repository
 * @param {string | undefined} given an absolute path, or one that starts with layers/
 */
export async function chooseTemplates(repository, given) {
  const chosen =
    given === undefined ? await highestPriority(repository) : await givenTemplates(repository, given);
  return await access(join(chosen, 'default', SAMPLE)).then(
    () => join(chosen, 'default'),
    () => chosen,
  );
}

async function givenTemplates(repository, given) {
  if (!isAbsolute(given) && !given.startsWith('layers/')) {
    throw new BarysError(`The templates path has to be absolute or start with layers/: ${given}`);
  }
  const path = isAbsolute(given) ? given : join(repository, given);
  const root = await realpath(path).catch(() => undefined);
  if (root === undefined) throw new BarysError(`The provided templates path does not exist: ${given}`);
  const found = (await readdir(root, { recursive: true })).filter((name) => name.endsWith(SAMPLE)).sort();
  if (found.length === 0) throw new BarysError(`The templates path has no ${SAMPLE}: ${given}`);
  return dirname(join(root, found[0]));
}

async function highestPriority(repository) {
  const layers = join(repository, 'layers');
  const names = (await readdir(layers).catch(() => []))
    .filter((name) => name.startsWith('meta-balena'))
    .sort();
  const candidates = [];
  for (const name of names) {
    const files = await readdir(join(layers, name), { recursive: true });
    for (const file of files.filter((entry) => entry.endsWith(SAMPLE)).sort()) {
      candidates.push({
        folder: dirname(join(layers, name, file)),
        priority: await priorityOf(join(layers, name)),
      });
    }
  }
  if (candidates.length === 0) throw new BarysError(`No layers/meta-balena*/**/${SAMPLE} in ${repository}.`);
  return candidates.reduce((best, next) => (next.priority > best.priority ? next : best)).folder;
}

async function priorityOf(layer) {
  const text = await readFile(join(layer, 'conf/layer.conf'), 'utf8').catch(() => '');
  return Number(/^BBFILE_PRIORITY\S*\s*=\s*"(\d+)"/m.exec(text)?.[1] ?? 0);
}

/** Creates conf/local.conf and conf/bblayers.conf from the samples where they are absent; never overwrites them. */
export async function initialiseBuild(buildDirectory, templates) {
  const conf = join(buildDirectory, 'conf');
  await mkdir(conf, { recursive: true });
  for (const name of ['local.conf', 'bblayers.conf']) {
    const target = join(conf, name);
    if (
      await access(target).then(
        () => false,
        () => true,
      )
    )
      await copyFile(join(templates, `${name}.sample`), target);
  }
  await writeFile(join(conf, 'templateconf.cfg'), `${relative(buildDirectory, templates)}\n`);
}

/** The page bitbake shows at the start: the images and how to build them for each device type. */
export function confNotes(deviceTypes) {
  const images = [...new Set(deviceTypes.map(({ json }) => json.yocto.image))].sort();
  const lines = deviceTypes.map(({ json }) => {
    return `${json.name.padEnd(40)} : $ MACHINE=${json.yocto.machine} bitbake ${json.yocto.image}`;
  });
  return `Images of this repository:\n${images.map((image) => `\t${image}`).join('\n')}\n\n${lines.join('\n')}\n`;
}
