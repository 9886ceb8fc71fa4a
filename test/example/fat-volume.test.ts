import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EXAMPLE, lacksProgram, runProgram } from './device-repository.ts';

interface FatRequest {
  readonly tree: ReadonlyMap<string, unknown>;
  readonly sizeBytes: number;
}

const MIB = 1024 * 1024;

let folder: string;
let fatImage: (request: FatRequest & Record<string, unknown>) => Buffer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'osrel-fat-'));
  const module = join(EXAMPLE, 'balena-yocto-scripts/build/lib/formats/fat.mjs');
  ({ fatImage } = await import(pathToFileURL(module).href));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

let count = 0;

function makeVolume(request: FatRequest): Buffer {
  return fatImage({ label: 'test-volume', volumeId: 0x1234abcd, epochSeconds: 1_767_225_600, ...request });
}

async function volumeFile(request: FatRequest): Promise<string> {
  count += 1;
  const file = join(folder, String(count));
  await writeFile(file, makeVolume(request));
  return file;
}

function files(names: readonly string[], bytesEach: number): Map<string, unknown> {
  return new Map(names.map((name, index) => [name, fileOf(Buffer.alloc(bytesEach, index + 1))]));
}

function fileOf(bytes: Buffer) {
  return { kind: 'file', mode: 0o644, bytes };
}

const numbered = (prefix: string, total: number) =>
  Array.from({ length: total }, (_, index) => `${prefix}${index} with a rather long name.text`);

describe('a FAT volume', () => {
  beforeEach(async (test) => {
    if (await lacksProgram('fsck.vfat')) test.skip('fsck.vfat (dosfstools) is missing');
    if (await lacksProgram('mtype')) test.skip('mtype (mtools) is missing');
  });

  it.each([
    [4 * MIB, 'folder/'],
    [40 * MIB, 'folder/deeper/'],
    [40 * MIB, ''],
  ])('of %i bytes holds 150 long names in "%s"', async (sizeBytes, prefix) => {
    const names = numbered(prefix, 150);
    const file = await volumeFile({ tree: files(names, 700), sizeBytes });
    const checked = await runProgram('fsck.vfat', ['-n', file]);
    // fsck counts the files, the folders and the volume label.
    expect(checked.stdout).toMatch(new RegExp(`: ${150 + prefix.split('/').length} files,`));
    expect(checked.status).toBe(0);
    const last = await runProgram('mtype', ['-i', file, `::/${names[149]}`]);
    expect(last.stdout).toBe(Buffer.alloc(700, 150).toString('latin1'));
  });

  it('tells names apart that shorten to the same eight letters', async () => {
    const names = ['README', 'configuration.txt', 'configuring.txt', 'archive.tar.gz', 'ünï.txt', '.hidden'];
    const file = await volumeFile({ tree: files(names, 3), sizeBytes: 4 * MIB });
    expect((await runProgram('fsck.vfat', ['-n', file])).status).toBe(0);
    const { stdout } = await runProgram('mdir', ['-b', '-i', file, '::'], { env: { LC_ALL: 'C.UTF-8' } });
    expect(Buffer.from(stdout, 'latin1').toString().trim().split('\n').sort()).toEqual(
      names.map((name) => `::/${name}`).sort(),
    );
  });

  it('fills its last cluster and refuses one byte more', () => {
    const overhead = 161;
    const room = (8 * MIB) / 512 - overhead;
    const tree = (bytes: number) => new Map([['big', fileOf(Buffer.alloc(bytes, 1))]]);
    expect(makeVolume({ tree: tree(room * 512), sizeBytes: 8 * MIB })).toHaveLength(8 * MIB);
    expect(() => makeVolume({ tree: tree(room * 512 + 1), sizeBytes: 8 * MIB })).toThrow('need more than');
  });

  it('refuses what it cannot hold', () => {
    const link = new Map([['a', { kind: 'link', target: 'b' }]]);
    expect(() => makeVolume({ tree: link, sizeBytes: 8 * MIB })).toThrow('FAT cannot hold a, a link');
    const named = new Map([['a:b', fileOf(Buffer.alloc(1))]]);
    expect(() => makeVolume({ tree: named, sizeBytes: 8 * MIB })).toThrow('no FAT file name: a:b');
    expect(() => makeVolume({ tree: new Map(), sizeBytes: MIB })).toThrow('use at least 2.2 MiB');
  });
});
