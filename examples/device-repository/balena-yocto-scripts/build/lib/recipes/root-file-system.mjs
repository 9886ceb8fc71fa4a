import { mergeTrees, textFile } from '../formats/tree.mjs';
import { RecipeError, wordsOf } from './variables.mjs';

const EMPTY_DIRECTORIES = ['dev', 'mnt/boot', 'mnt/data', 'mnt/state', 'proc', 'root', 'run', 'sys', 'tmp'];
const APPLETS = [
  'cat',
  'cp',
  'df',
  'echo',
  'gunzip',
  'ls',
  'mkdir',
  'mount',
  'mv',
  'rm',
  'sh',
  'sleep',
  'uname',
];

/**
 * The packages an image recipe asks for, merged into one tree; two packages with the same file are an error.
 * @param {object} recipe the image recipe
 * @param {Map<string, object>} packages installed packages by name
 * @param {Buffer | undefined} busybox the program that gives the shell and the small tools, when there is one
 */
export function rootFileSystem(recipe, packages, busybox) {
  const chosen = installedPackages(recipe, packages);
  const tree = new Map();
  for (const { name, root, license, licenseText } of chosen) {
    for (const [path, entry] of root) {
      if (tree.has(path))
        throw new RecipeError(`${recipe.name}: ${name} brings /${path}, which another package has`);
      tree.set(path, entry);
    }
    tree.set(`usr/share/licenses/${name}/${license}`, { kind: 'file', bytes: licenseText, mode: 0o644 });
  }
  return { packages: chosen, tree: mergeTrees(tree, busyboxFiles(busybox)) };
}

/** The folders a bootable system needs in any case. */
export function emptyDirectories() {
  return new Map(
    EMPTY_DIRECTORIES.map((path) => [path, { kind: 'directory', mode: path === 'tmp' ? 0o1777 : 0o755 }]),
  );
}

function installedPackages(recipe, packages) {
  const names = [...wordsOf(recipe.variables, 'IMAGE_INSTALL'), ...machinePackages(recipe)];
  return names.map((name) => {
    const found = packages.get(name);
    if (found === undefined)
      throw new RecipeError(`Nothing RPROVIDES '${name}' (but ${recipe.file} RDEPENDS on it)`);
    return found;
  });
}

/** What the machine adds to every bootable image. */
export function machinePackages({ variables }) {
  return variables.get('IMAGE_KIND') === 'extension' ? [] : wordsOf(variables, 'MACHINE_INSTALL');
}

function busyboxFiles(busybox) {
  if (busybox === undefined) return new Map();
  const links = APPLETS.map((name) => [`bin/${name}`, { kind: 'link', target: 'busybox' }]);
  return new Map([['bin/busybox', { kind: 'file', bytes: busybox, mode: 0o755 }], ...links]);
}

/** The list of packages of an image, one a line: name, architecture, version. */
export function manifestText(packages, extra = []) {
  const lines = packages.map(({ name, architecture, version }) => `${name} ${architecture} ${version}-r0`);
  return `${[...lines, ...extra].sort().join('\n')}\n`;
}

export function bootFiles({ packages, deviceType, osRelease, flagName, unifiedKernel }) {
  const tree = mergeTrees(...packages.map(({ boot }) => boot));
  tree.set('device-type.json', textFile(`${JSON.stringify(deviceType, null, '\t')}\n`));
  tree.set(
    'config.json',
    textFile(`${JSON.stringify({ deviceType: deviceType.slug, persistentLogging: false })}\n`),
  );
  tree.set('os-release', textFile(osRelease));
  // The flag file tells the system which partition is its boot partition.
  tree.set(flagName, textFile(''));
  if (unifiedKernel !== undefined)
    tree.set('EFI/BOOT/BOOTX64.EFI', { kind: 'file', bytes: unifiedKernel, mode: 0o644 });
  return tree;
}
