import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { BarysError } from './log.mjs';

const ADVANCED_OPTIONS = {
  isGroup: true,
  isCollapsible: true,
  collapsed: true,
  name: 'advanced',
  message: 'Advanced',
  options: [
    {
      message: 'Check for updates every X minutes',
      name: 'appUpdatePollInterval',
      type: 'number',
      min: 10,
      default: 10,
    },
  ],
};

/**
 * The device types of the repository. Where a CoffeeScript compiler can be found every `<base>.coffee` is
 * compiled into `<base>.json`; otherwise the `<base>.json` that is already there counts.
 * @param {string} repository
 * @returns {Promise<{ base: string, json: object }[]>} sorted by base name
 */
export async function loadDeviceTypes(repository) {
  const names = (await readdir(repository)).filter((name) => name.endsWith('.coffee')).sort();
  if (names.length === 0) throw new BarysError(`No device type: ${repository} has no .coffee file.`);
  const compiler = findCompiler(repository);
  const deviceTypes = [];
  for (const name of names) {
    const base = basename(name, '.coffee');
    const json =
      compiler === undefined
        ? await readGenerated(repository, base)
        : await generate(repository, base, compiler);
    // Without a compiler only the types whose JSON osrel wrote are known: the one that is being built.
    if (json === undefined) continue;
    if (typeof json.yocto?.machine !== 'string') throw new BarysError(`${base}.json has no yocto.machine.`);
    deviceTypes.push({ base, json });
  }
  if (deviceTypes.length > 0) return deviceTypes;
  throw new BarysError(
    `Could not generate ${names.join(', ').replaceAll('.coffee', '.json')}: the package coffee-script cannot be found, and none of them is there. ` +
      'Install coffee-script, or let osrel write the file (osrel device json NAME).',
  );
}

function findCompiler(repository) {
  for (const from of [join(repository, 'package.json'), import.meta.url]) {
    try {
      return createRequire(from)('coffee-script');
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  return undefined;
}

async function readGenerated(repository, base) {
  const text = await readFile(join(repository, `${base}.json`), 'utf8').catch((error) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BarysError(`${base}.json is no JSON: ${error.message}`);
  }
}

async function generate(repository, base, compiler) {
  const file = join(repository, `${base}.coffee`);
  const json = buildManifest(evaluate(await readFile(file, 'utf8'), { file, base, compiler }), base);
  const target = join(repository, `${base}.json`);
  await writeFile(`${target}.part`, `${JSON.stringify(json, null, '\t')}\n`);
  await rename(`${target}.part`, target);
  return json;
}

function evaluate(source, { file, base, compiler }) {
  const module = { exports: {} };
  try {
    const script = compiler.compile(source, { bare: true, filename: file });
    // A device type is a literal: it gets no file, network or process to play with.
    runInNewContext(script, { module, exports: module.exports }, { filename: file, timeout: 5000 });
  } catch (error) {
    throw new BarysError(`Could not generate ${base}.json: ${error.message}`);
  }
  return JSON.parse(JSON.stringify(module.exports));
}

function buildManifest(manifest, base) {
  for (const key of ['machine', 'deployArtifact']) {
    if (typeof manifest.yocto?.[key] !== 'string') throw new BarysError(`${base}.coffee lacks yocto.${key}.`);
  }
  const slug = manifest.slug ?? base;
  const state = (manifest.state ?? 'released').toUpperCase();
  const words = { TYPE_NAME: manifest.name, TYPE_SLUG: slug };
  return {
    ...manifest,
    slug,
    state,
    name: state === 'RELEASED' ? manifest.name : `${manifest.name} (${state})`,
    ...(manifest.instructions && {
      instructions: fillTexts(manifest.instructions, words, manifest.gettingStartedLink),
    }),
    ...(manifest.stateInstructions && {
      stateInstructions: fillTexts(manifest.stateInstructions, words, manifest.gettingStartedLink),
    }),
    options: [...(manifest.options ?? []), ADVANCED_OPTIONS],
  };
}

/** Fills `<%= NAME %>` in texts, lists and maps of lists; a link may differ from one system to the next. */
function fillTexts(value, words, link) {
  if (Array.isArray(value)) return value.map((entry) => fillTexts(entry, words, link));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [key, fillTexts(entry, words, link?.[key] ?? link)]),
    );
  }
  const known = { ...words, GETTING_STARTED_LINK: link };
  return String(value).replaceAll(/<%=\s*(\w+)\s*%>/g, (whole, name) => {
    if (typeof known[name] !== 'string')
      throw new BarysError(`An instruction uses ${whole}, which has no value.`);
    return known[name];
  });
}
