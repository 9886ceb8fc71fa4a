import { z } from 'zod';
import { badUsage, integrityBroken, type Problem } from '../errors/osrel-error.ts';

/** Where a partition lies; both numbers in bytes. */
export interface PartitionRange {
  readonly index: number;
  readonly firstByte: number;
  readonly lengthBytes: number;
}

/** One part of an image before compression: a partition, or the space before, between or behind them. */
export interface ImagePart {
  readonly filename: string;
  readonly firstByte: number;
  readonly lengthBytes: number;
  /** Absent on gaps. */
  readonly partitionIndex?: number;
}

/** One entry of `image.json`: CRC-32 and size of the plain bytes, size of the compressed ones, `(n)`. */
export interface ManifestPart {
  readonly filename: string;
  readonly crc: number;
  readonly len: number;
  readonly zLen: number;
  readonly partitionIndex?: string | undefined;
}

/**
 * Cuts an image of `sizeBytes` at its partitions: a gap part before each partition if there is room, one part per
 * partition, one gap to the end (balena-automation 7). The parts cover every byte once, in order. A partition of no
 * bytes keeps its (empty) part, so that its index is not lost. `source` names the image in messages.
 * Throws `image.partitions-overlap` or `image.partition-beyond-end` with all problems.
 */
export function planImageParts(
  partitions: readonly PartitionRange[],
  sizeBytes: number,
  source = 'image',
): readonly ImagePart[] {
  const sorted = [...partitions].sort(
    (a, b) => a.firstByte - b.firstByte || a.lengthBytes - b.lengthBytes || a.index - b.index,
  );
  refuseBadRanges(sorted, sizeBytes, source);
  const parts: Omit<ImagePart, 'filename'>[] = [];
  let nextByte = 0;
  const fillTo = (end: number) => {
    if (end > nextByte) parts.push({ firstByte: nextByte, lengthBytes: end - nextByte });
  };
  for (const { index, firstByte, lengthBytes } of sorted) {
    fillTo(firstByte);
    parts.push({ firstByte, lengthBytes, partitionIndex: index });
    nextByte = firstByte + lengthBytes;
  }
  fillTo(sizeBytes);
  return parts.map((part, number) => ({ filename: `part-${number}.deflate`, ...part }));
}

function refuseBadRanges(sorted: readonly PartitionRange[], sizeBytes: number, source: string): void {
  const overlaps = findOverlaps(sorted);
  const outside = sorted
    .filter((partition) => partition.firstByte + partition.lengthBytes > sizeBytes)
    .map((partition) => ({
      at: `partition ${partition.index}`,
      message: `partition ${describe(partition)} ends behind the image of ${sizeBytes} bytes`,
    }));
  const problems = [...overlaps, ...outside];
  const first = problems[0];
  if (first === undefined) return;
  const code = overlaps.length > 0 ? 'image.partitions-overlap' : 'image.partition-beyond-end';
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  throw badUsage(code, `${source}: ${first.message}${more}`, {
    hint: 'the image is cut short or its partition table is damaged: build it again, or look at it with "osrel image inspect"',
    problems,
  });
}

function findOverlaps(sorted: readonly PartitionRange[]): readonly Problem[] {
  const problems: Problem[] = [];
  let furthest: PartitionRange | undefined;
  for (const partition of sorted) {
    if (furthest !== undefined && partition.firstByte < endOf(furthest)) {
      problems.push({
        at: `partition ${partition.index}`,
        message: `partition ${describe(partition)} overlaps partition ${describe(furthest)}`,
      });
    }
    if (furthest === undefined || endOf(partition) > endOf(furthest)) furthest = partition;
  }
  return problems;
}

const endOf = (range: PartitionRange): number => range.firstByte + range.lengthBytes;

const describe = (range: PartitionRange): string =>
  `${range.index} (bytes ${range.firstByte} to ${endOf(range) - 1})`;

const byteCount = z.int().min(0);

const manifestSchema = z.object({
  'resin.img': z.object({
    parts: z
      .array(
        z.object({
          // The name becomes a path: nothing but the names that osrel itself writes.
          filename: z.string().regex(/^part-(0|[1-9]\d{0,5})\.deflate$/),
          crc: z.int().min(0).max(0xffffffff),
          len: byteCount,
          zLen: byteCount,
          partitionIndex: z
            .string()
            .regex(/^\(\d+\)$/)
            .optional(),
        }),
      )
      .min(1),
  }),
});

/**
 * The parts that a parsed `image.json` lists, in order. `source` names the file in messages.
 * Throws `image.manifest-invalid` with every problem and its key path.
 */
export function parseImageManifest(value: unknown, source: string): readonly ManifestPart[] {
  const parsed = manifestSchema.safeParse(value);
  const parts = parsed.success ? parsed.data['resin.img'].parts : [];
  const problems = parsed.success
    ? repeatedNames(parts)
    : parsed.error.issues.map((issue) => ({ at: issue.path.join('.'), message: issue.message }));
  const first = problems[0];
  if (first !== undefined) {
    throw integrityBroken('image.manifest-invalid', `${source}: ${first.at}: ${first.message}`, {
      hint: 'write it again with "osrel image prepare"',
      problems,
    });
  }
  return parts;
}

function repeatedNames(parts: readonly ManifestPart[]): readonly Problem[] {
  const seen = new Set<string>();
  return parts.flatMap(({ filename }, number) => {
    if (seen.has(filename)) {
      return [{ at: `resin.img.parts.${number}.filename`, message: `${filename} is listed twice` }];
    }
    seen.add(filename);
    return [];
  });
}

/** The text of `image.json`: four spaces, keys in the order of the reference, no newline at the end. */
export function renderImageManifest(parts: readonly ManifestPart[]): string {
  const entries = parts.map(({ filename, crc, len, zLen, partitionIndex }) => ({
    filename,
    crc,
    len,
    zLen,
    ...(partitionIndex === undefined ? {} : { partitionIndex }),
  }));
  return JSON.stringify({ 'resin.img': { parts: entries } }, null, 4);
}

/** The names that a variant gives its outputs. Throws `image.variant` for a variant that cannot be a file name. */
export function imageOutputNames(variant: string): {
  readonly manifest: string;
  readonly parts: string;
  readonly blockMap: string;
} {
  if (!/^([a-z0-9]+(-[a-z0-9]+)*)?$/.test(variant)) {
    throw badUsage(
      'image.variant',
      `image variant ${JSON.stringify(variant)} is not a plain lower-case word`,
      {
        hint: 'use "", "flasher" or "raw"',
      },
    );
  }
  const suffix = variant === '' ? '' : `-${variant}`;
  return { manifest: `image${suffix}.json`, parts: `compressed${suffix}`, blockMap: `image${suffix}.bmap` };
}
