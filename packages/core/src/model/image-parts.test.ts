import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OsrelError } from '../errors/osrel-error.ts';
import {
  imageOutputNames,
  type PartitionRange,
  parseImageManifest,
  planImageParts,
  renderImageManifest,
} from './image-parts.ts';

const SECTOR = 512;
const sectors = (index: number, first: number, count: number): PartitionRange => ({
  index,
  firstByte: first * SECTOR,
  lengthBytes: count * SECTOR,
});
const ranges = (partitions: readonly PartitionRange[], sizeBytes: number) =>
  planImageParts(partitions, sizeBytes).map(({ firstByte, lengthBytes, partitionIndex }) => [
    firstByte,
    firstByte + lengthBytes - 1,
    partitionIndex,
  ]);
const errorOf = (work: () => unknown): OsrelError => {
  try {
    work();
  } catch (error) {
    if (error instanceof OsrelError) return error;
  }
  throw new Error('no OsrelError was thrown');
};

describe('planImageParts', () => {
  it('cuts the 180-sector MBR image of the reference into its seven parts', () => {
    const plan = ranges([sectors(1, 34, 20), sectors(5, 101, 10), sectors(6, 151, 10)], 180 * SECTOR);
    expect(plan).toEqual([
      [0, 17407, undefined],
      [17408, 27647, 1],
      [27648, 51711, undefined],
      [51712, 56831, 5],
      [56832, 77311, undefined],
      [77312, 82431, 6],
      [82432, 92159, undefined],
    ]);
  });

  it('cuts the 60-sector GPT image of the reference into its five parts', () => {
    const plan = ranges([sectors(1, 34, 6), sectors(3, 45, 5)], 60 * SECTOR);
    expect(plan).toEqual([
      [0, 17407, undefined],
      [17408, 20479, 1],
      [20480, 23039, undefined],
      [23040, 25599, 3],
      [25600, 30719, undefined],
    ]);
  });

  it('makes one gap part of an image without partitions', () => {
    expect(planImageParts([], 1000)).toEqual([
      { filename: 'part-0.deflate', firstByte: 0, lengthBytes: 1000 },
    ]);
  });

  it('makes no gap between partitions that touch, nor behind one that ends with the image', () => {
    expect(ranges([sectors(1, 0, 2), sectors(2, 2, 2)], 4 * SECTOR)).toEqual([
      [0, 1023, 1],
      [1024, 2047, 2],
    ]);
  });

  it('sorts partitions by position and keeps their own index', () => {
    const plan = planImageParts([sectors(2, 1, 1), sectors(1, 2, 1)], 3 * SECTOR);
    expect(plan.map((part) => part.partitionIndex)).toEqual([undefined, 2, 1]);
  });

  it('keeps an empty part for a partition of no bytes', () => {
    const plan = planImageParts([sectors(1, 1, 0), sectors(2, 1, 1)], 2 * SECTOR);
    expect(plan.map(({ lengthBytes, partitionIndex }) => [lengthBytes, partitionIndex])).toEqual([
      [512, undefined],
      [0, 1],
      [512, 2],
    ]);
  });

  it('handles offsets beyond 4 GiB', () => {
    const plan = ranges([sectors(1, 10_000_000, 2_000_000)], 12_000_001 * SECTOR);
    expect(plan).toEqual([
      [0, 5_119_999_999, undefined],
      [5_120_000_000, 6_143_999_999, 1],
      [6_144_000_000, 6_144_000_511, undefined],
    ]);
  });

  it('names both partitions and their bytes when two overlap', () => {
    const error = errorOf(() => planImageParts([sectors(1, 0, 4), sectors(2, 3, 4)], 100 * SECTOR));
    expect(error.code).toBe('image.partitions-overlap');
    expect(error.kind).toBe('usage');
    expect(error.message).toBe(
      'image: partition 2 (bytes 1536 to 3583) overlaps partition 1 (bytes 0 to 2047)',
    );
  });

  it('finds an overlap with a long partition that is not the previous one', () => {
    const error = errorOf(() =>
      planImageParts([sectors(1, 0, 50), sectors(2, 10, 1), sectors(3, 20, 1)], 100 * SECTOR),
    );
    expect(error.problems.map((problem) => problem.at)).toEqual(['partition 2', 'partition 3']);
  });

  it('names the partition and the size of the image when it ends behind it', () => {
    const error = errorOf(() => planImageParts([sectors(4, 2, 3)], 4 * SECTOR));
    expect(error.code).toBe('image.partition-beyond-end');
    expect(error.message).toContain('partition 4 (bytes 1024 to 2559) ends behind the image of 2048 bytes');
  });

  it('reports overlaps and partitions behind the end together', () => {
    const error = errorOf(() => planImageParts([sectors(1, 0, 4), sectors(2, 3, 40)], 10 * SECTOR));
    expect(error.problems).toHaveLength(2);
    expect(error.message).toMatch(/and 1 more/);
  });

  it('covers every byte exactly once, in order, for any disjoint partitions', () => {
    const piece = fc.record({ gap: fc.nat(2 ** 40), length: fc.nat(2 ** 40) });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.nat(2 ** 40), fc.nat(), (pieces, tail, seed) => {
        let end = 0;
        const partitions = pieces.map(({ gap, length }, position) => {
          const firstByte = end + gap;
          end = firstByte + length;
          return { index: position + 1, firstByte, lengthBytes: length };
        });
        const turned = [...partitions.slice(seed % 31), ...partitions.slice(0, seed % 31)];
        const parts = planImageParts(turned, end + tail);
        let next = 0;
        for (const part of parts) {
          expect(part.firstByte).toBe(next);
          next += part.lengthBytes;
        }
        expect(next).toBe(end + tail);
        const found = parts.flatMap((part) => part.partitionIndex ?? []);
        expect(found).toEqual(partitions.map((partition) => partition.index));
        expect(parts.some((part) => part.partitionIndex === undefined && part.lengthBytes === 0)).toBe(false);
      }),
    );
  });

  it('refuses every partition that is moved onto another one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 1000 }), fc.integer({ min: 1, max: 1000 }), (length, other) => {
        const partitions = [
          { index: 1, firstByte: 10, lengthBytes: length },
          { index: 2, firstByte: 10 + (other % length), lengthBytes: other },
        ];
        expect(errorOf(() => planImageParts(partitions, 10_000)).code).toBe('image.partitions-overlap');
      }),
    );
  });
});

describe('image manifest', () => {
  const parts = [
    { filename: 'part-0.deflate', crc: 4294967295, len: 512, zLen: 20 },
    { filename: 'part-1.deflate', crc: 7, len: 1024, zLen: 30, partitionIndex: '(1)' },
  ];

  it('is written with four spaces and the key order of the reference', () => {
    expect(renderImageManifest(parts)).toBe(
      [
        '{',
        '    "resin.img": {',
        '        "parts": [',
        '            {',
        '                "filename": "part-0.deflate",',
        '                "crc": 4294967295,',
        '                "len": 512,',
        '                "zLen": 20',
        '            },',
        '            {',
        '                "filename": "part-1.deflate",',
        '                "crc": 7,',
        '                "len": 1024,',
        '                "zLen": 30,',
        '                "partitionIndex": "(1)"',
        '            }',
        '        ]',
        '    }',
        '}',
      ].join('\n'),
    );
  });

  it('is read back as it was written', () => {
    expect(parseImageManifest(JSON.parse(renderImageManifest(parts)), 'image.json')).toEqual(parts);
  });

  it('reports every bad field with its key path', () => {
    const bad = {
      'resin.img': {
        parts: [
          { ...parts[0], crc: -1 },
          { ...parts[1], zLen: '30' },
        ],
      },
    };
    const error = errorOf(() => parseImageManifest(bad, 'deploy/image.json'));
    expect(error.code).toBe('image.manifest-invalid');
    expect(error.kind).toBe('integrity');
    expect(error.problems.map((problem) => problem.at)).toEqual([
      'resin.img.parts.0.crc',
      'resin.img.parts.1.zLen',
    ]);
    expect(error.message).toContain('deploy/image.json');
  });

  it.each(['../part-0.deflate', 'part-0.deflate/..', '/etc/passwd', 'part-00.deflate', 'part-0.deflate\n'])(
    'refuses the file name %j, which could lead elsewhere',
    (filename) => {
      const bad = { 'resin.img': { parts: [{ ...parts[0], filename }] } };
      expect(() => parseImageManifest(bad, 'image.json')).toThrow(/filename/);
    },
  );

  it('refuses a part that is listed twice, and an empty list', () => {
    const twice = { 'resin.img': { parts: [parts[0], parts[0]] } };
    expect(() => parseImageManifest(twice, 'image.json')).toThrow(/part-0\.deflate is listed twice/);
    expect(() => parseImageManifest({ 'resin.img': { parts: [] } }, 'image.json')).toThrow(
      /resin\.img\.parts/,
    );
  });

  it('refuses a value that is no manifest at all', () => {
    expect(errorOf(() => parseImageManifest(null, 'image.json')).code).toBe('image.manifest-invalid');
  });
});

describe('imageOutputNames', () => {
  it('puts the variant behind a dash, and nothing for the main image', () => {
    expect(imageOutputNames('')).toMatchObject({ manifest: 'image.json', parts: 'compressed' });
    expect(imageOutputNames('flasher')).toMatchObject({
      manifest: 'image-flasher.json',
      parts: 'compressed-flasher',
    });
  });

  it.each(['../x', 'a/b', 'Raw', '-raw', 'raw-', ' '])('refuses the variant %j', (variant) => {
    expect(errorOf(() => imageOutputNames(variant)).code).toBe('image.variant');
  });
});
