import { createHash } from 'node:crypto';
import { truncateSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { constants, crc32, inflateRawSync } from 'node:zlib';
import { OsrelError, type PreparedImage } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import {
  gptStart,
  inTestFolder,
  noise,
  putEntry,
  referenceGptImage,
  referenceMbrImage,
  SECTOR,
  writeImage,
  writeSparseImage,
} from './build-test-image.ts';
import { createDiskImages } from './create-disk-images.ts';

const MIB = 1024 * 1024;
const { prepare, verify } = createDiskImages();
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const inflate = (bytes: Buffer): Buffer =>
  inflateRawSync(Buffer.concat([bytes, Buffer.from([3, 0])]), { finishFlush: constants.Z_FINISH });

/** Checks everything that readers of the parts rely on, with zlib alone. */
async function expectRoundTrip(prepared: PreparedImage, image: Buffer): Promise<void> {
  const files = await Promise.all(
    prepared.parts.map(({ filename }) => readFile(join(prepared.partsDirectory, filename))),
  );
  prepared.parts.forEach((part, number) => {
    const compressed = files[number] ?? Buffer.alloc(0);
    const plain = inflate(compressed);
    expect(part.filename).toBe(`part-${number}.deflate`);
    expect([part.zLen, part.sha256]).toEqual([compressed.length, sha256(compressed)]);
    expect([part.len, part.crc]).toEqual([plain.length, crc32(plain)]);
    expect(compressed.subarray(-4).toString('hex')).toBe('0000ffff');
  });
  expect(inflate(Buffer.concat(files)).equals(image)).toBe(true);
  expect(prepared.image).toEqual({ sizeBytes: image.length, sha256: sha256(image) });
  const manifest = await readFile(prepared.manifestPath);
  expect([prepared.manifestSizeBytes, prepared.manifestSha256]).toEqual([manifest.length, sha256(manifest)]);
}

async function prepareBytes(image: Buffer, check: (prepared: PreparedImage) => void): Promise<void> {
  await inTestFolder(async (folder) => {
    const outputDirectory = join(folder, 'out');
    const prepared = await prepare({ image: await writeImage(folder, image), outputDirectory, variant: '' });
    await expectRoundTrip(prepared, image);
    check(prepared);
  });
}

const indexes = (prepared: PreparedImage) => prepared.parts.map((part) => part.partitionIndex);

function mbrImage(
  bytes: Buffer,
  ...partitions: readonly (readonly [first: number, count: number])[]
): Buffer {
  bytes.fill(0, 446, 510);
  partitions.forEach(([first, count], slot) => {
    putEntry(bytes, { sector: 0, slot }, { type: 0x83, first, count });
  });
  return bytes;
}

describe('prepare', () => {
  it('makes the seven parts of the reference MBR image', () =>
    prepareBytes(referenceMbrImage(), (prepared) => {
      expect(prepared.parts.map((part) => part.len / SECTOR)).toEqual([34, 20, 47, 10, 40, 10, 19]);
      expect(indexes(prepared)).toEqual([undefined, '(1)', undefined, '(5)', undefined, '(6)', undefined]);
    }));

  it('makes the five parts of the reference GPT image', () =>
    prepareBytes(referenceGptImage(), (prepared) => {
      expect(prepared.parts.map((part) => part.len / SECTOR)).toEqual([34, 6, 5, 5, 10]);
      expect(indexes(prepared)).toEqual([undefined, '(1)', undefined, '(3)', undefined]);
    }));

  it('writes the manifest that the parts describe, and nothing else beside them', () =>
    inTestFolder(async (folder) => {
      const image = await writeImage(folder, referenceGptImage());
      const outputDirectory = join(folder, 'deploy', 'images');
      const prepared = await prepare({ image, outputDirectory, variant: 'flasher' });
      expect((await readdir(outputDirectory)).sort()).toEqual([
        'compressed-flasher',
        'image-flasher.bmap',
        'image-flasher.json',
      ]);
      expect(await readdir(prepared.partsDirectory)).toHaveLength(5);
      const manifest: unknown = JSON.parse(await readFile(prepared.manifestPath, 'utf8'));
      const parts = prepared.parts.map(({ sha256: _, ...listed }) => listed);
      expect(manifest).toEqual({ 'resin.img': { parts } });
    }));

  it('makes one part of a blank disk, and of a single sector', async () => {
    await prepareBytes(Buffer.alloc(3 * MIB + 5), (prepared) => expect(prepared.parts).toHaveLength(1));
    await prepareBytes(Buffer.alloc(SECTOR), (prepared) => expect(prepared.parts[0]?.crc).toBe(0xb2aa7578));
  });

  it('keeps trailing bytes that fill no sector', () =>
    prepareBytes(mbrImage(noise(10 * SECTOR + 77, 1), [4, 6]), (prepared) =>
      expect(prepared.parts.at(-1)).toMatchObject({ len: 77 }),
    ));

  it('writes an empty part for a partition of no sectors', () =>
    prepareBytes(mbrImage(noise(10 * SECTOR, 2), [4, 0], [4, 2]), (prepared) =>
      expect(prepared.parts[1]).toMatchObject({ len: 0, crc: 0, zLen: 5, partitionIndex: '(1)' }),
    ));

  it('cuts a GPT image of 4096-byte sectors where its partitions are', () => {
    const start = gptStart(4096, [{ slot: 0, first: 8n, last: 9n }]);
    const image = Buffer.concat([start, noise(6 * 4096, 3)]);
    return prepareBytes(image, (prepared) =>
      expect(prepared.parts.map((part) => part.len / 4096)).toEqual([8, 2, 2]),
    );
  });

  it.each([1, 2, 3, 4, 5, 6])(
    'inflates to the image for any mix of noise, repeats and zeros (seed %i)',
    (seed) => {
      const sectors = 6 * 2048 + seed * 333;
      const image = Buffer.alloc(sectors * SECTOR);
      const random = noise(64, seed);
      for (let piece = 0; piece < 24; piece += 1) {
        const at = Math.floor(((random[piece] ?? 0) / 256) * image.length);
        const piecesOf = [noise(70_000, piece + seed), Buffer.alloc(90_000, piece), Buffer.alloc(1_500_000)];
        piecesOf[(random[piece + 24] ?? 0) % 3]?.copy(image, at);
      }
      const cut = 2048 + (random[60] ?? 0) * 9;
      return prepareBytes(mbrImage(image, [cut, 2048 * 2 + seed], [cut + 2048 * 2 + seed, 17]), (prepared) =>
        expect(indexes(prepared)).toEqual([undefined, '(1)', '(2)', undefined]),
      );
    },
  );

  it('compresses across the borders of its blocks', () => {
    const repeated = Buffer.alloc(4 * MIB, noise(16 * 1024, 7));
    return prepareBytes(mbrImage(repeated), (prepared) => {
      // 16 KiB of noise once; were each of the four blocks to start anew, it would be there four times.
      expect(prepared.parts[0]?.zLen).toBeLessThan(60 * 1024);
    });
  });

  it('reports progress that grows to the size of the image', () =>
    inTestFolder(async (folder) => {
      const image = await writeSparseImage(folder, 20 * MIB, []);
      const seen: number[] = [];
      const onProgress = (done: number, total: number) => {
        expect(total).toBe(20 * MIB);
        seen.push(done);
      };
      await prepare({ image, outputDirectory: folder, variant: '', onProgress });
      expect(seen).toEqual(Array.from({ length: 20 }, (_, block) => (block + 1) * MIB));
    }));

  it('gives the same bytes each time', () =>
    inTestFolder(async (folder) => {
      const image = await writeImage(folder, mbrImage(noise(3 * MIB, 9), [100, 3000]));
      const first = await prepare({ image, outputDirectory: join(folder, 'a'), variant: 'raw' });
      const second = await prepare({ image, outputDirectory: join(folder, 'b'), variant: 'raw' });
      expect(second.parts).toEqual(first.parts);
      expect(second.manifestSha256).toBe(first.manifestSha256);
    }));

  it('is accepted by verify, image and checksum included', () =>
    inTestFolder(async (folder) => {
      const image = await writeImage(folder, referenceMbrImage());
      const prepared = await prepare({ image, outputDirectory: folder, variant: '' });
      const expectedSha256 = prepared.image.sha256;
      expect(await verify({ manifest: prepared.manifestPath, image, expectedSha256 })).toEqual({
        parts: 7,
        sizeBytes: 92160,
        sha256: expectedSha256,
        matchesImage: true,
      });
    }));
});

describe('prepare, refusals', () => {
  const refusalOf = async (work: Promise<unknown>): Promise<OsrelError> => {
    const error: unknown = await work.catch((thrown: unknown) => thrown);
    if (error instanceof OsrelError) return error;
    throw new Error(`no refusal but ${String(error)}`);
  };

  it.each([
    ['image.partition-beyond-end', [[5, 6]]],
    [
      'image.partitions-overlap',
      [
        [2, 4],
        [5, 2],
      ],
    ],
  ] as const)('throws %s and writes nothing', (code, partitions) =>
    inTestFolder(async (folder) => {
      const image = await writeImage(folder, mbrImage(Buffer.alloc(10 * SECTOR), ...partitions));
      const outputDirectory = join(folder, 'out');
      const error = await refusalOf(prepare({ image, outputDirectory, variant: '' }));
      expect([error.code, error.kind]).toEqual([code, 'usage']);
      expect(error.message).toContain(`${image}: partition`);
      expect(await readdir(folder)).toEqual(['test.img']);
    }),
  );

  it('notices an image that is cut while it is being read', () =>
    inTestFolder(async (folder) => {
      const image = await writeSparseImage(folder, 40 * MIB, []);
      const onProgress = () => truncateSync(image, 12 * MIB);
      const outputDirectory = join(folder, 'out');
      const error = await refusalOf(prepare({ image, outputDirectory, variant: '', onProgress }));
      expect([error.code, error.kind]).toEqual(['image.changed', 'conflict']);
      expect(await readdir(outputDirectory)).toEqual([]);
    }));

  it('notices an image that something appends to while it is being read', () =>
    inTestFolder(async (folder) => {
      const image = await writeSparseImage(folder, 40 * MIB, []);
      const onProgress = () => truncateSync(image, 41 * MIB);
      const error = await refusalOf(prepare({ image, outputDirectory: folder, variant: '', onProgress }));
      expect(error.code).toBe('image.changed');
    }));
});
