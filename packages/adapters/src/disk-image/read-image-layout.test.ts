import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageLayout } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import {
  clearTable,
  gptStart,
  inTestFolder,
  LINUX_DATA,
  pattern,
  putEntry,
  referenceGptImage,
  referenceMbrImage,
  SECTOR,
  writeImage,
  writeSparseImage,
} from './build-test-image.ts';
import { createDiskImages } from './create-disk-images.ts';

const { inspect } = createDiskImages();

async function layoutOf(bytes: Buffer): Promise<ImageLayout> {
  const found: ImageLayout[] = [];
  await inTestFolder(async (folder) => {
    found.push(await inspect(await writeImage(folder, bytes)));
  });
  const [layout] = found;
  if (layout === undefined) throw new Error('no layout');
  return layout;
}

const places = (layout: ImageLayout) =>
  layout.partitions.map(({ index, firstByte, lengthBytes }) => [
    index,
    firstByte / layout.sectorSizeBytes,
    lengthBytes / layout.sectorSizeBytes,
  ]);

/** 100 empty sectors with the given primary entries. */
function mbrImage(...entries: readonly (readonly [type: number, first: number, count: number])[]): Buffer {
  const image = Buffer.alloc(100 * SECTOR);
  entries.forEach(([type, first, count], slot) => {
    putEntry(image, { sector: 0, slot }, { type, first, count });
  });
  return image;
}

describe('inspect, files', () => {
  it('says where it looked when there is no image', async () => {
    await expect(inspect('/nowhere/balena.img')).rejects.toMatchObject({
      code: 'image.not-found',
      kind: 'usage',
      message: 'there is no image /nowhere/balena.img',
    });
  });

  it('refuses a folder', () =>
    inTestFolder(async (folder) => {
      await mkdir(join(folder, 'images'));
      await expect(inspect(join(folder, 'images'))).rejects.toMatchObject({ code: 'image.not-a-file' });
    }));

  it.each([0, 511])('refuses an image of %i bytes as truncated', async (sizeBytes) => {
    await expect(layoutOf(Buffer.alloc(sizeBytes))).rejects.toMatchObject({
      code: 'image.truncated',
      kind: 'usage',
      message: expect.stringContaining(`has ${sizeBytes} bytes`),
    });
  });
});

describe('inspect, MBR', () => {
  it('finds primary and logical partitions of the reference image', async () => {
    const layout = await layoutOf(referenceMbrImage());
    expect(layout).toMatchObject({ table: 'mbr', sizeBytes: 92160, sectorSizeBytes: 512 });
    expect(places(layout)).toEqual([
      [1, 34, 20],
      [5, 101, 10],
      [6, 151, 10],
    ]);
    expect(layout.partitions.map((partition) => partition.type)).toEqual(['0x83', '0x83', '0x83']);
  });

  it('takes a blank disk for one without a table', async () => {
    expect(await layoutOf(Buffer.alloc(SECTOR))).toEqual({
      table: 'none',
      sizeBytes: 512,
      sectorSizeBytes: 512,
      partitions: [],
    });
  });

  it('counts only used entries, the container too, and lists in disk order', async () => {
    const layout = await layoutOf(mbrImage([0, 0, 0], [0x0c, 50, 5], [0x85, 60, 40], [0x83, 10, 5]));
    expect(places(layout)).toEqual([
      [3, 10, 5],
      [1, 50, 5],
    ]);
    expect(layout.partitions[1]?.type).toBe('0x0c');
  });

  it('keeps a partition of no sectors', async () => {
    expect(places(await layoutOf(mbrImage([0x83, 10, 0])))).toEqual([[1, 10, 0]]);
  });

  it('lets an EBR without a partition use up its number', async () => {
    const image = mbrImage([0x0f, 20, 70]);
    putEntry(image, { sector: 20, slot: 1 }, { type: 0x05, first: 10, count: 20 });
    putEntry(image, { sector: 30, slot: 0 }, { type: 0x83, first: 2, count: 3 });
    expect(places(await layoutOf(image))).toEqual([[6, 32, 3]]);
  });

  it('names partition and byte when the EBR chain runs in a circle', async () => {
    const image = mbrImage([0x05, 20, 70]);
    putEntry(image, { sector: 20, slot: 0 }, { type: 0x83, first: 1, count: 2 });
    putEntry(image, { sector: 20, slot: 1 }, { type: 0x05, first: 10, count: 20 });
    putEntry(image, { sector: 30, slot: 0 }, { type: 0x83, first: 1, count: 2 });
    putEntry(image, { sector: 30, slot: 1 }, { type: 0x05, first: 0, count: 20 });
    await expect(layoutOf(image)).rejects.toMatchObject({
      code: 'image.ebr-loop',
      kind: 'usage',
      message: expect.stringContaining('partition 6 links back to the EBR at byte 10240'),
    });
  });

  it.each([
    [256, true],
    [257, false],
  ])('with %i logical partitions, accepts: %s', async (count, accepts) => {
    const image = Buffer.alloc((2 * count + 10) * SECTOR);
    putEntry(image, { sector: 0, slot: 0 }, { type: 0x05, first: 1, count: 2 * count });
    for (let number = 0; number < count; number += 1) {
      const sector = 1 + 2 * number;
      putEntry(image, { sector, slot: 0 }, { type: 0x83, first: 1, count: 1 });
      if (number + 1 < count) {
        putEntry(image, { sector, slot: 1 }, { type: 0x05, first: 2 * (number + 1), count: 2 });
      }
    }
    if (accepts) expect((await layoutOf(image)).partitions.at(-1)?.index).toBe(260);
    else await expect(layoutOf(image)).rejects.toMatchObject({ code: 'image.ebr-too-long' });
  });

  it('refuses an EBR behind the end of the image', async () => {
    await expect(layoutOf(mbrImage([0x05, 100, 10]))).rejects.toMatchObject({
      code: 'image.ebr-beyond-end',
      message: expect.stringContaining('byte 51200 lies behind the end of the image of 51200 bytes'),
    });
  });

  it('refuses two containers, and two partitions in one EBR', async () => {
    await expect(layoutOf(mbrImage([0x05, 10, 5], [0x0f, 20, 5]))).rejects.toMatchObject({
      code: 'image.mbr-invalid',
    });
    const image = mbrImage([0x05, 20, 70]);
    putEntry(image, { sector: 20, slot: 0 }, { type: 0x83, first: 1, count: 2 });
    putEntry(image, { sector: 20, slot: 1 }, { type: 0x83, first: 5, count: 2 });
    await expect(layoutOf(image)).rejects.toMatchObject({ code: 'image.mbr-invalid' });
  });

  it('reads the MBR when the protective entry of a hybrid table is not the first', async () => {
    const layout = await layoutOf(mbrImage([0x0c, 50, 5], [0xee, 1, 49]));
    expect(layout.table).toBe('mbr');
  });
});

describe('inspect, GPT', () => {
  it('finds slots 0 and 2 of the reference image, whose header carries no checksum', async () => {
    const layout = await layoutOf(referenceGptImage());
    expect(layout.table).toBe('gpt');
    expect(places(layout)).toEqual([
      [1, 34, 6],
      [3, 45, 5],
    ]);
  });

  it.each([512, 1024, 2048, 4096])('reads a table of %i-byte sectors', async (sectorBytes) => {
    const start = gptStart(sectorBytes, [
      { slot: 1, first: 50n, last: 59n, name: 'resin-boot' },
      { slot: 127, first: 40n, last: 49n },
    ]);
    const layout = await layoutOf(Buffer.concat([start, Buffer.alloc(70 * sectorBytes)]));
    expect(layout).toMatchObject({ table: 'gpt', sectorSizeBytes: sectorBytes });
    expect(layout.partitions).toEqual([
      { index: 128, type: LINUX_DATA, firstByte: 40 * sectorBytes, lengthBytes: 10 * sectorBytes },
      {
        index: 2,
        type: LINUX_DATA,
        name: 'resin-boot',
        firstByte: 50 * sectorBytes,
        lengthBytes: 10 * sectorBytes,
      },
    ]);
  });

  it('reads a GPT whose hybrid MBR lists further partitions behind the protective entry', async () => {
    const image = gptStart(512, [{ slot: 0, first: 40n, last: 41n }]);
    putEntry(image, { sector: 0, slot: 1 }, { type: 0x0c, first: 40, count: 2 });
    expect(places(await layoutOf(image))).toEqual([[1, 40, 2]]);
  });

  it('refuses a protective MBR without a GPT', async () => {
    await expect(layoutOf(mbrImage([0xee, 1, 99]))).rejects.toMatchObject({
      code: 'image.gpt-missing',
      kind: 'usage',
    });
    await expect(layoutOf(mbrImage([0xee, 1, 99]).subarray(0, 512))).rejects.toMatchObject({
      code: 'image.gpt-missing',
    });
  });

  it.each([
    ['GPT header', 512 + 40],
    ['GPT header', 512 + 8],
    ['GPT header', 512 + 12],
    ['GPT partition array', 1024 + 40],
  ])('refuses a table whose %s has a wrong checksum (bit changed at byte %i)', async (what, offset) => {
    const image = gptStart(512, [{ slot: 0, first: 40n, last: 41n }]);
    image.writeUInt8(image.readUInt8(offset) ^ 1, offset);
    await expect(layoutOf(image)).rejects.toMatchObject({
      code: 'image.gpt-checksum',
      kind: 'integrity',
      message: expect.stringContaining(what),
    });
  });

  it('refuses entries of a size that no table has', async () => {
    const image = referenceGptImage();
    image.writeUInt32LE(100, SECTOR + 84);
    await expect(layoutOf(image)).rejects.toMatchObject({ code: 'image.gpt-invalid' });
  });

  it('refuses an entry array behind the end of the image', async () => {
    const image = referenceGptImage();
    image.writeBigUInt64LE(2n ** 63n, SECTOR + 72);
    await expect(layoutOf(image)).rejects.toMatchObject({
      code: 'image.gpt-invalid',
      message: expect.stringContaining('behind the end of the image of 30720 bytes'),
    });
  });

  it('reports every partition that ends before it starts or is larger than any image', async () => {
    const image = gptStart(512, [
      { slot: 0, first: 40n, last: 38n },
      { slot: 1, first: 40n, last: 2n ** 64n - 1n },
    ]);
    await expect(layoutOf(image)).rejects.toMatchObject({
      code: 'image.partition-range',
      problems: [
        { at: 'partition 1', message: 'starts at byte 20480 and ends before it, at byte 19967' },
        { at: 'partition 2' },
      ],
    });
  });

  it('reads offsets beyond 4 GiB without losing a byte', () =>
    inTestFolder(async (folder) => {
      const start = gptStart(4096, [{ slot: 0, first: 3_000_000n, last: 3_999_999n }]);
      const path = await writeSparseImage(folder, 4_000_010 * 4096, [{ at: 0, bytes: start }]);
      expect((await inspect(path)).partitions[0]).toMatchObject({
        firstByte: 12_288_000_000,
        lengthBytes: 4_096_000_000,
      });
    }));
});

describe('inspect, any bytes', () => {
  it('answers or refuses with an image error, but never fails otherwise', async () => {
    const bytes = pattern(40 * SECTOR);
    for (let round = 0; round < 60; round += 1) {
      const image = Buffer.from(bytes.map((byte, at) => (byte * (round + 3) + at * round) & 0xff));
      if (round % 3 === 0) clearTable(image, 0);
      if (round % 2 === 0) putEntry(image, { sector: 0, slot: 0 }, { type: 0xee, first: 1, count: 1 });
      if (round % 4 === 0) image.write('EFI PART', SECTOR, 'latin1');
      const outcome = await layoutOf(image).then(
        (layout) => layout.table,
        (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
      );
      expect(outcome).toMatch(/^(mbr|gpt|none|image\.[a-z-]+)$/);
    }
  });
});
