import { createHash, getHashes } from 'node:crypto';

/** Blocks `first` to `last`, both included, and the checksum of their bytes in hex. */
export interface MappedRange {
  readonly first: number;
  readonly last: number;
  readonly checksum: string;
}

/** A block map of bmaptool's format 2.0: which blocks of an image must be written, and what is in them. */
export interface BlockMap {
  readonly sizeBytes: number;
  readonly blockBytes: number;
  /** `sha256`, or what another tool chose. */
  readonly checksumType: string;
  /** By block, not overlapping. */
  readonly ranges: readonly MappedRange[];
}

const BLOCK_BYTES = 4096;
const NO_CHECKSUM = '0'.repeat(64);

/**
 * The map of an image of which every block matters: one range, whose checksum is that of the image. What a map leaves
 * out is never written, so that a used medium keeps its old bytes there. From the image alone nobody can tell zeros
 * that must be zeros (empty inode tables, a cleared boot environment) from blocks that were never written; only what
 * wrote the image can, and then it has left a map of its own.
 */
export function renderFullBlockMap(image: { readonly sizeBytes: number; readonly sha256: string }): string {
  const blocks = Math.ceil(image.sizeBytes / BLOCK_BYTES);
  const range = blocks === 1 ? '0' : `0-${blocks - 1}`;
  const ranges = blocks === 0 ? '' : `        <Range chksum="${image.sha256}"> ${range} </Range>\n`;
  const text = `<?xml version="1.0" ?>
<!-- Every block of the image is mapped: "bmaptool copy" writes all of it and checks what it writes. -->
<bmap version="2.0">
    <ImageSize> ${image.sizeBytes} </ImageSize>
    <BlockSize> ${BLOCK_BYTES} </BlockSize>
    <BlocksCount> ${blocks} </BlocksCount>
    <MappedBlocksCount> ${blocks} </MappedBlocksCount>
    <ChecksumType> sha256 </ChecksumType>
    <BmapFileChecksum> ${NO_CHECKSUM} </BmapFileChecksum>
    <BlockMap>
${ranges}    </BlockMap>
</bmap>
`;
  return text.replace(NO_CHECKSUM, createHash('sha256').update(text).digest('hex'));
}

/** A block map read from text, or what is wrong with it. */
export type ParsedBlockMap =
  | { readonly kind: 'map'; readonly map: BlockMap }
  | { readonly kind: 'malformed'; readonly because: string };

/** Reads a block map of format 2.0 and checks that it agrees with itself, its own checksum included. */
export function parseBlockMap(whole: string): ParsedBlockMap {
  // The comments of bmaptool's own maps name the elements they explain.
  const text = whole.replace(/<!--[\s\S]*?-->/g, '');
  const version = /<bmap version="([^"]{1,20})">/.exec(text)?.[1];
  if (version !== '2.0') return malformed(`format ${version ?? 'unknown'}, where 2.0 is needed`);
  const numberOf = (element: string) => Number(textOf(text, element));
  const sizeBytes = numberOf('ImageSize');
  const blockBytes = numberOf('BlockSize');
  const blocks = numberOf('BlocksCount');
  const isCounted = [sizeBytes, blockBytes, blocks].every(Number.isSafeInteger) && blockBytes > 0;
  if (!isCounted) return malformed('ImageSize, BlockSize and BlocksCount must be numbers');
  if (blocks !== Math.ceil(sizeBytes / blockBytes)) {
    return malformed(`BlocksCount ${blocks} does not fit ${sizeBytes} bytes in blocks of ${blockBytes}`);
  }
  const checksumType = (textOf(text, 'ChecksumType') ?? '').toLowerCase();
  if (!getHashes().includes(checksumType))
    return malformed(`unknown ChecksumType ${JSON.stringify(checksumType)}`);
  const own = textOf(text, 'BmapFileChecksum') ?? '';
  const blank = whole.replace(own, '0'.repeat(own.length));
  if (own === '' || createHash(checksumType).update(blank).digest('hex') !== own) {
    return malformed('BmapFileChecksum is not that of the file');
  }
  const ranges = readRanges(text);
  const defect = findRangeDefect(ranges, { blocks, mapped: numberOf('MappedBlocksCount') });
  if (defect !== undefined) return malformed(defect);
  return { kind: 'map', map: { sizeBytes, blockBytes, checksumType, ranges } };
}

function textOf(text: string, element: string): string | undefined {
  const start = text.indexOf(`<${element}>`);
  const end = text.indexOf(`</${element}>`, start);
  return start === -1 || end === -1 ? undefined : text.slice(start + element.length + 2, end).trim();
}

function readRanges(text: string): readonly MappedRange[] {
  const found = text.matchAll(
    /<Range chksum="([0-9a-fA-F]{1,128})">\s{0,20}(\d{1,15})(?:-(\d{1,15}))?\s{0,20}<\/Range>/g,
  );
  return [...found].map(([, checksum = '', first = '', last = first]) => ({
    first: Number(first),
    last: Number(last),
    checksum: checksum.toLowerCase(),
  }));
}

function findRangeDefect(
  ranges: readonly MappedRange[],
  counts: { readonly blocks: number; readonly mapped: number },
): string | undefined {
  let next = 0;
  let mapped = 0;
  for (const { first, last } of ranges) {
    if (first < next || last < first) return `range ${first}-${last} is not behind the one before`;
    if (last >= counts.blocks) return `range ${first}-${last} lies behind the last block`;
    next = last + 1;
    mapped += next - first;
  }
  return mapped === counts.mapped
    ? undefined
    : `MappedBlocksCount is ${counts.mapped}, its ranges have ${mapped}`;
}

function malformed(because: string): ParsedBlockMap {
  return { kind: 'malformed', because };
}
