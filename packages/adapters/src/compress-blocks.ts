import { promisify } from 'node:util';
import { constants, deflateRaw, type ZlibOptions } from 'node:zlib';

/** Plain bytes that are compressed in one go. */
export const BLOCK_BYTES = 1024 * 1024;

const WINDOW_BYTES = 32 * 1024;
const deflateOnThreadPool = promisify<Buffer, ZlibOptions, Buffer>(deflateRaw);

/** At most BLOCK_BYTES of a part; the next part starts without a dictionary. */
export interface CompressibleBlock {
  readonly bytes: Buffer;
  readonly endsPart: boolean;
}

/** Starts the compression of one block; the promise gives its deflate bytes. */
export type CompressBlock = (block: CompressibleBlock) => Promise<Buffer>;

/**
 * Compresses the blocks of each part independently, so that the threads of the pool share one part: every block is
 * raw deflate at the default level that ends in a sync flush (`00 00 ff ff`), and starts with the previous 32 KiB as
 * dictionary, so that the concatenation is one stream and the ratio stays. Call it with the blocks in order. A block
 * of zeros (a hole, or never written) is compressed once and then reused.
 */
export function createBlockCompressor(): CompressBlock {
  const zeros = Buffer.alloc(BLOCK_BYTES);
  let compressedZeros: Promise<Buffer> | undefined;
  let dictionary: Buffer | undefined;
  return (block) => {
    const { bytes } = block;
    if (bytes.length === BLOCK_BYTES && bytes.equals(zeros)) {
      // Zeros are no dictionary worth the time of loading it.
      dictionary = undefined;
      compressedZeros ??= deflate(zeros, undefined);
      return compressedZeros;
    }
    const compressed = deflate(bytes, dictionary);
    // A copy, because the block's memory is used again before the next block is done.
    dictionary = block.endsPart ? undefined : Buffer.from(bytes.subarray(-WINDOW_BYTES));
    return compressed;
  };
}

function deflate(bytes: Buffer, dictionary: Buffer | undefined): Promise<Buffer> {
  return deflateOnThreadPool(bytes, {
    finishFlush: constants.Z_SYNC_FLUSH,
    // Room for incompressible bytes too: one trip to the thread pool a block.
    chunkSize: bytes.length + 4096,
    ...(dictionary === undefined ? {} : { dictionary }),
  });
}
