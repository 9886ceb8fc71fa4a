import { createHash, type Hash } from 'node:crypto';
import type { BlockMap } from './block-map.ts';

/** Compares an image with its block map while the image is read once, front to back. */
export interface BlockMapCheck {
  add(bytes: Buffer): void;
  /** The first way in which the map does not fit, as a sentence; undefined when it does. Ends the check. */
  findDefect(): string | undefined;
}

interface Extent {
  readonly name: string;
  readonly end: number;
  /** Undefined for blocks that the map leaves out. */
  readonly checksum: string | undefined;
}

const ZEROS = Buffer.alloc(1024 * 1024);

/**
 * Begins the comparison: mapped blocks must have their checksum, and blocks that are left out must be zeros in the
 * image, because nobody would write them.
 */
export function createBlockMapCheck(map: BlockMap): BlockMapCheck {
  const extents = listExtents(map);
  let current = extents.next();
  let hash: Hash | undefined;
  let position = 0;
  let defect: string | undefined;
  const addPiece = (extent: Extent, piece: Buffer): void => {
    if (extent.checksum !== undefined) {
      hash ??= createHash(map.checksumType);
      hash.update(piece);
    } else if (!isZero(piece)) defect ??= `${extent.name} hold data, but are not in the map`;
    position += piece.length;
    if (position < extent.end) return;
    if (extent.checksum !== undefined && hash?.digest('hex') !== extent.checksum) {
      defect ??= `${extent.name} do not have the checksum that the map says`;
    }
    hash = undefined;
    current = extents.next();
  };
  return {
    add: (bytes) => {
      let rest = bytes;
      while (rest.length > 0 && current.done !== true && defect === undefined) {
        const piece = rest.subarray(0, current.value.end - position);
        rest = rest.subarray(piece.length);
        addPiece(current.value, piece);
      }
      if (rest.length > 0) defect ??= `the image is larger than the ${map.sizeBytes} bytes of the map`;
    },
    findDefect: () => {
      if (defect !== undefined || position === map.sizeBytes) return defect;
      return `the image has ${position} bytes, the map says ${map.sizeBytes}`;
    },
  };
}

/** The whole image in pieces that are mapped or not, in order. */
function* listExtents({ ranges, blockBytes, sizeBytes }: BlockMap): Generator<Extent, undefined> {
  const blocks = Math.ceil(sizeBytes / blockBytes);
  const extent = (first: number, last: number, checksum: string | undefined): Extent => ({
    name: `blocks ${first} to ${last}`,
    end: Math.min((last + 1) * blockBytes, sizeBytes),
    checksum,
  });
  let next = 0;
  for (const { first, last, checksum } of ranges) {
    if (first > next) yield extent(next, first - 1, undefined);
    yield extent(first, last, checksum);
    next = last + 1;
  }
  if (next < blocks) yield extent(next, blocks - 1, undefined);
  return undefined;
}

function isZero(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += ZEROS.length) {
    const piece = bytes.subarray(at, at + ZEROS.length);
    if (!piece.equals(ZEROS.subarray(0, piece.length))) return false;
  }
  return true;
}
