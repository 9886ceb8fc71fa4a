import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { cpioOf } from '../formats/cpio.mjs';
import { textFile } from '../formats/tree.mjs';
import { addPeSections } from '../formats/unified-kernel.mjs';

/**
 * The unpacked Debian packages that make the UEFI machine boot; fetch-boot-packages.sh brings them.
 * @param {string} repository
 * @returns {Promise<{ kind: 'found', kernel: Buffer, kernelVersion: string, stub: Buffer, busybox: Buffer,
 *   copyrights: Map<string, Buffer> } | { kind: 'missing', directory: string, lacks: string[] }>}
 */
export async function findBootPackages(repository) {
  const directory = process.env.OSREL_BOOT_PACKAGES || join(repository, 'build-tools/debian');
  const kernels = await namesIn(join(directory, 'boot'), /^vmlinuz-/);
  const kernelName = kernels.at(-1);
  const [kernel, stub, busybox] = await Promise.all([
    kernelName === undefined ? undefined : readIfPresent(join(directory, 'boot', kernelName)),
    readIfPresent(join(directory, 'usr/lib/systemd/boot/efi/linuxx64.efi.stub')),
    readIfPresent(join(directory, 'bin/busybox')),
  ]);
  const lacks = Object.entries({ kernel, 'EFI stub': stub, busybox }).filter(
    ([, bytes]) => bytes === undefined,
  );
  if (lacks.length > 0) return { kind: 'missing', directory, lacks: lacks.map(([name]) => name) };
  const copyrights = await copyrightsIn(join(directory, 'usr/share/doc'));
  return {
    kind: 'found',
    kernel,
    kernelVersion: kernelName.slice('vmlinuz-'.length),
    stub,
    busybox,
    copyrights,
  };
}

/** The kernel, its command line and a first root file system that says which system it is, in one EFI program. */
export function unifiedKernelImage({ packages, commandLine, osRelease, greeting, epochSeconds }) {
  const initrd = gzipSync(
    cpioOf(initialFiles({ busybox: packages.busybox, osRelease, greeting }), epochSeconds),
  );
  return addPeSections(packages.stub, [
    { name: '.osrel', bytes: Buffer.from(osRelease) },
    { name: '.cmdline', bytes: Buffer.from(`${commandLine}\0`) },
    { name: '.uname', bytes: Buffer.from(packages.kernelVersion) },
    { name: '.linux', bytes: packages.kernel },
    { name: '.initrd', bytes: initrd },
  ]);
}

function initialFiles({ busybox, osRelease, greeting }) {
  return new Map([
    ['bin/busybox', { kind: 'file', bytes: busybox, mode: 0o755 }],
    ['bin/sh', { kind: 'link', target: 'busybox' }],
    ['dev', { kind: 'directory', mode: 0o755 }],
    ['dev/console', { kind: 'device', major: 5, minor: 1, mode: 0o600 }],
    ['etc/os-release', textFile(osRelease)],
    ['init', textFile(initScript(greeting), 0o755)],
    ['proc', { kind: 'directory', mode: 0o755 }],
    ['sys', { kind: 'directory', mode: 0o755 }],
  ]);
}

function initScript(greeting) {
  return `#!/bin/sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
/bin/busybox mount -t devtmpfs dev /dev
. /etc/os-release
echo "osrel-example: ${greeting} $PRETTY_NAME version $VERSION" > /dev/ttyS0
/bin/busybox sync
/bin/busybox poweroff -f
`;
}

async function namesIn(directory, pattern) {
  const names = await readdir(directory).catch(absent);
  return (names ?? []).filter((name) => pattern.test(name)).sort();
}

async function readIfPresent(file) {
  return await readFile(file).catch(absent);
}

async function copyrightsIn(directory) {
  const copyrights = new Map();
  for (const name of await namesIn(directory, /^(linux-image-|busybox|systemd-boot)/)) {
    const text = await readIfPresent(join(directory, name, 'copyright'));
    if (text !== undefined) copyrights.set(name, text);
  }
  return copyrights;
}

function absent(error) {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
}
