import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type BlockMap, parseBlockMap, renderFullBlockMap } from './block-map.ts';
import { inTestFolder, noise, writeImage } from './build-test-image.ts';
import { createBlockMapCheck } from './check-block-map.ts';
import { createDiskImages } from './create-disk-images.ts';

const run = promisify(execFile);
const { prepare, findPrepared } = createDiskImages();
const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');
const BLOCK = 4096;
const MIB = 1024 * 1024;

const hasBmaptool = (() => {
  try {
    execFileSync('bmaptool', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** A map of the given ranges, as another tool would write it. */
function renderMap(image: Buffer, ranges: readonly (readonly [first: number, last: number])[]): string {
  const lines = ranges.map(([first, last]) => {
    const checksum = sha256(image.subarray(first * BLOCK, (last + 1) * BLOCK));
    return `<Range chksum="${checksum}"> ${first === last ? first : `${first}-${last}`} </Range>`;
  });
  const mapped = ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  const blank = '0'.repeat(64);
  const text = `<?xml version="1.0" ?>
<bmap version="2.0">
<ImageSize> ${image.length} </ImageSize><BlockSize> ${BLOCK} </BlockSize>
<BlocksCount> ${Math.ceil(image.length / BLOCK)} </BlocksCount><MappedBlocksCount> ${mapped}     </MappedBlocksCount>
<ChecksumType> sha256 </ChecksumType><BmapFileChecksum> ${blank} </BmapFileChecksum>
<BlockMap>${lines.join('\n')}</BlockMap></bmap>`;
  return text.replace(blank, sha256(text));
}

function parsed(text: string): BlockMap {
  const result = parseBlockMap(text);
  if (result.kind === 'map') return result.map;
  throw new Error(result.because);
}

/** Noise without a partition table. */
function blank(sizeBytes: number, seed: number): Buffer {
  return noise(sizeBytes, seed).fill(0, 446, 512);
}

/** Blocks 0-2 hold data, 3-4 are zeros, 5 holds data, and 100 bytes follow. */
function gappedImage(): Buffer {
  const image = blank(6 * BLOCK + 100, 7);
  image.fill(0, 3 * BLOCK, 5 * BLOCK);
  return image;
}

function defectOf(map: BlockMap, image: Buffer, pieceBytes: number): string | undefined {
  const check = createBlockMapCheck(map);
  for (let at = 0; at < image.length; at += pieceBytes) check.add(image.subarray(at, at + pieceBytes));
  return check.findDefect();
}

describe('a block map', () => {
  it.each([0, 1, BLOCK, BLOCK + 1, 3 * BLOCK])(
    'of %i bytes maps every block under the sum of the image',
    (sizeBytes) => {
      const image = noise(sizeBytes, 1);
      const map = parsed(renderFullBlockMap({ sizeBytes, sha256: sha256(image) }));
      const last = Math.ceil(sizeBytes / BLOCK) - 1;
      expect(map.ranges).toEqual(last < 0 ? [] : [{ first: 0, last, checksum: sha256(image) }]);
      expect(defectOf(map, image, 1000)).toBeUndefined();
    },
  );

  it.each([
    ['another format', (text: string) => text.replace('2.0', '1.3'), 'format 1.3'],
    ['no map at all', () => 'hello', 'format unknown'],
    [
      'a number that is none',
      (text: string) => text.replace(/<BlockSize>[^<]*/, '<BlockSize> x '),
      'must be numbers',
    ],
    [
      'a wrong number of blocks',
      (text: string) => text.replace(/<BlocksCount>[^<]*/, '<BlocksCount> 9 '),
      'does not fit',
    ],
    [
      'an unknown checksum',
      (text: string) => text.replace(/<ChecksumType>[^<]*/, '<ChecksumType> none '),
      'unknown ChecksumType',
    ],
    ['a changed byte', (text: string) => text.replace('0-2', '0-1'), 'BmapFileChecksum'],
  ])('is refused with %s', (_, change, because) => {
    const text = renderMap(gappedImage(), [
      [0, 2],
      [5, 6],
    ]);
    expect(parseBlockMap(change(text))).toMatchObject({ because: expect.stringContaining(because) });
  });

  it('is refused when its ranges overlap or leave the image', () => {
    const image = gappedImage();
    expect(
      parseBlockMap(
        renderMap(image, [
          [0, 2],
          [2, 3],
        ]),
      ),
    ).toMatchObject({ kind: 'malformed' });
    expect(parseBlockMap(renderMap(image, [[0, 7]]))).toMatchObject({ kind: 'malformed' });
  });

  it.each([1, 700, BLOCK, 10_000, 1_000_000])(
    'is compared with an image that comes in pieces of %i bytes',
    (piece) => {
      const image = gappedImage();
      const map = parsed(
        renderMap(image, [
          [0, 2],
          [5, 6],
        ]),
      );
      expect(defectOf(map, image, piece)).toBeUndefined();
      const other = Buffer.from(image);
      other[2 * BLOCK] = (other[2 * BLOCK] ?? 0) ^ 1;
      expect(defectOf(map, other, piece)).toMatch(/blocks 0 to 2 do not have the checksum/);
      other.set(image);
      image[4 * BLOCK] = 1;
      expect(defectOf(map, image, piece)).toMatch(/blocks 3 to 4 hold data/);
      expect(defectOf(map, other.subarray(0, -1), piece)).toMatch(/bytes, the map says|checksum/);
      expect(defectOf(map, Buffer.concat([other, Buffer.from([0])]), piece)).toMatch(/image is larger/);
    },
  );
});

describe('a prepared image', () => {
  it('has a map of every block when the build left none', () =>
    inTestFolder(async (folder) => {
      const image = blank(2 * MIB + 77, 3);
      const prepared = await prepare({
        image: await writeImage(folder, image),
        outputDirectory: folder,
        variant: 'raw',
      });
      expect(prepared.blockMapPath).toBe(join(folder, 'image-raw.bmap'));
      const map = parsed(await readFile(prepared.blockMapPath, 'utf8'));
      expect(map.ranges).toEqual([{ first: 0, last: 512, checksum: sha256(image) }]);
    }));

  it.each(['test.img.bmap', 'test.bmap'])('keeps the map that the build left as %s', (name) =>
    inTestFolder(async (folder) => {
      const image = gappedImage();
      const text = renderMap(image, [
        [0, 2],
        [5, 6],
      ]);
      await writeFile(join(folder, name), text);
      const request = {
        image: await writeImage(folder, image),
        outputDirectory: join(folder, 'out'),
        variant: '',
      };
      const prepared = await prepare(request);
      expect(await readFile(prepared.blockMapPath, 'utf8')).toBe(text);
      expect(await findPrepared({ ...request, imageSha256: sha256(image) })).toEqual(prepared);
    }),
  );

  it('is not made beside a map of another image, and leaves nothing behind', () =>
    inTestFolder(async (folder) => {
      const image = gappedImage();
      await writeFile(
        join(folder, 'test.bmap'),
        renderMap(Buffer.from(image).fill(1, 0, 9), [
          [0, 2],
          [5, 6],
        ]),
      );
      const path = await writeImage(folder, image);
      const outputDirectory = join(folder, 'out');
      await expect(prepare({ image: path, outputDirectory, variant: '' })).rejects.toMatchObject({
        code: 'image.block-map-wrong',
        message: expect.stringContaining('test.bmap does not fit its image: blocks 0 to 2'),
      });
      await writeFile(join(folder, 'test.bmap'), 'damaged');
      await expect(prepare({ image: path, outputDirectory, variant: '' })).rejects.toMatchObject({
        code: 'image.block-map-wrong',
      });
    }));

  it('is not found complete when its map is missing, changed or not the one beside the image', () =>
    inTestFolder(async (folder) => {
      const image = gappedImage();
      const request = {
        image: await writeImage(folder, image),
        outputDirectory: join(folder, 'out'),
        variant: '',
      };
      const find = () => findPrepared({ ...request, imageSha256: sha256(image) });
      const prepared = await prepare(request);
      expect(await find()).toEqual(prepared);
      await writeFile(prepared.blockMapPath, 'changed');
      expect(await find()).toBeUndefined();
      await prepare(request);
      await writeFile(
        join(folder, 'test.bmap'),
        renderMap(image, [
          [0, 2],
          [5, 6],
        ]),
      );
      expect(await find()).toBeUndefined();
    }));

  it('does not take its own map of an earlier image for one that the build left', () =>
    inTestFolder(async (folder) => {
      const image = join(folder, 'image.img');
      for (const seed of [1, 2]) {
        await writeFile(image, blank(MIB, seed));
        const prepared = await prepare({ image, outputDirectory: folder, variant: '' });
        expect(parsed(await readFile(prepared.blockMapPath, 'utf8')).ranges[0]?.checksum).toBe(
          prepared.image.sha256,
        );
      }
    }));
});

describe.skipIf(!hasBmaptool)('bmaptool itself (skipped where it is not installed)', () => {
  it(
    'writes all of an image by our map over a used medium',
    () =>
      inTestFolder(async (folder) => {
        const image = gappedImage();
        const path = await writeImage(folder, image);
        const { blockMapPath } = await prepare({
          image: path,
          outputDirectory: join(folder, 'out'),
          variant: '',
        });
        const medium = join(folder, 'medium');
        await writeFile(medium, Buffer.alloc(image.length, 0xee));
        await run('bmaptool', ['copy', '--bmap', blockMapPath, path, medium]);
        expect((await readFile(medium)).equals(image)).toBe(true);
      }),
    30_000,
  );

  it(
    'refuses an image that our map does not fit',
    () =>
      inTestFolder(async (folder) => {
        const image = gappedImage();
        const path = await writeImage(folder, image);
        const { blockMapPath } = await prepare({
          image: path,
          outputDirectory: join(folder, 'out'),
          variant: '',
        });
        await writeImage(folder, Buffer.from(image).fill(1, 0, 9));
        await expect(
          run('bmaptool', ['copy', '--bmap', blockMapPath, path, join(folder, 'medium')]),
        ).rejects.toThrow(/checksum/);
      }),
    30_000,
  );

  it(
    'makes maps that are read, checked and kept',
    () =>
      inTestFolder(async (folder) => {
        const path = join(folder, 'test.img');
        const file = await open(path, 'w');
        await file.truncate(4 * MIB);
        await file.write(noise(300_000, 5), 0, 300_000, MIB);
        await file.close();
        await run('bmaptool', ['create', '-o', join(folder, 'test.bmap'), path]);
        const text = await readFile(join(folder, 'test.bmap'), 'utf8');
        expect(parsed(text).ranges[0]).toMatchObject({ first: 256 });
        const prepared = await prepare({ image: path, outputDirectory: join(folder, 'out'), variant: '' });
        expect(await readFile(prepared.blockMapPath, 'utf8')).toBe(text);
      }),
    30_000,
  );
});
