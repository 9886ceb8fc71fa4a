import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { EXAMPLE } from './device-repository.ts';

const MIB = 1024 * 1024;

interface Piece {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** The parts of the example's builder that make an EFI program, a file system and a partition table. */
interface Formats {
  readonly cpioOf: (tree: ReadonlyMap<string, object>, epochSeconds: number) => Buffer;
  readonly addPeSections: (
    stub: Buffer,
    sections: readonly { readonly name: string; readonly bytes: Buffer }[],
  ) => Buffer;
  readonly fatImage: (volume: object) => Buffer;
  readonly layOutGpt: (disk: object) => {
    readonly pieces: readonly Piece[];
    readonly starts: readonly number[];
    readonly sectors: number;
  };
  readonly EFI_SYSTEM: string;
}

async function loadFormats(): Promise<Formats> {
  const names = ['cpio', 'unified-kernel', 'fat', 'gpt'];
  const modules = await Promise.all(
    names.map((name) => import(join(EXAMPLE, 'balena-yocto-scripts/build/lib/formats', `${name}.mjs`))),
  );
  return Object.assign({}, ...modules) as Formats;
}

/**
 * Writes a disk image that boots through UEFI into a Linux whose first program is a shell script, in half a second.
 * `packages`: the folder of the boot packages.
 */
export async function writeBootImage(file: string, packages: string, script: string): Promise<void> {
  const formats = await loadFormats();
  const kernel = (await readdir(join(packages, 'boot'))).find((name) => name.startsWith('vmlinuz-')) ?? '';
  const read = (name: string) => readFile(join(packages, name));
  const tree = new Map<string, object>([
    ['bin/busybox', { kind: 'file', bytes: await read('bin/busybox'), mode: 0o755 }],
    ['bin/sh', { kind: 'link', target: 'busybox' }],
    ['dev', { kind: 'directory', mode: 0o755 }],
    ['dev/console', { kind: 'device', major: 5, minor: 1, mode: 0o600 }],
    ['init', { kind: 'file', bytes: Buffer.from(`#!/bin/sh\n${script}\n`), mode: 0o755 }],
  ]);
  const program = formats.addPeSections(await read('usr/lib/systemd/boot/efi/linuxx64.efi.stub'), [
    { name: '.osrel', bytes: Buffer.from('ID=boot-test\n') },
    { name: '.cmdline', bytes: Buffer.from('console=ttyS0\0') },
    { name: '.linux', bytes: await read(`boot/${kernel}`) },
    { name: '.initrd', bytes: gzipSync(formats.cpioOf(tree, 0)) },
  ]);
  const volume = formats.fatImage({
    tree: new Map([['EFI/BOOT/BOOTX64.EFI', { kind: 'file', bytes: program, mode: 0o644 }]]),
    sizeBytes: 40 * MIB,
    label: 'boot',
    volumeId: 1,
    epochSeconds: 0,
  });
  const guid = (last: number) => `00000000-0000-4000-8000-00000000000${last}`;
  const { pieces, starts, sectors } = formats.layOutGpt({
    diskGuid: guid(1),
    alignmentSectors: 2048,
    partitions: [{ type: formats.EFI_SYSTEM, guid: guid(2), name: 'boot', sectors: volume.length / 512 }],
  });
  const image = Buffer.alloc(sectors * 512);
  for (const { offset, bytes } of [...pieces, { offset: (starts[0] ?? 0) * 512, bytes: volume }]) {
    bytes.copy(image, offset);
  }
  await writeFile(file, image);
}
