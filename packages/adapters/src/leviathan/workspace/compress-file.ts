import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { crc32 } from 'node:zlib';
import { conflict } from '@osrel/core';
import { BLOCK_BYTES, type CompressBlock, createBlockCompressor } from '../../compress-blocks.ts';

export interface CompressRequest {
  /** Absolute path of the file to read. */
  readonly source: string;
  /** Absolute path of the file to make; it must not exist. */
  readonly target: string;
  readonly signal: AbortSignal;
  /** Per cent of the source that is compressed and written. */
  readonly onPercent: (percent: number) => void;
}

export interface CompressedFile {
  readonly sizeBytes: number;
  /** Lower-case hex md5 of the compressed bytes. */
  readonly md5: string;
  /** Of the bytes before compression; lower-case hex. */
  readonly plain: { readonly sizeBytes: number; readonly sha256: string };
}

/** Blocks between reading and writing; each holds its plain and its compressed bytes. */
const BLOCKS_IN_FLIGHT = Math.max(8, 2 * availableParallelism() + 2);
/** Deflate, no name, no time: the same input always gives the same bytes, so the core recognises them. */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
/** The empty last block that ends a stream of blocks which each end in a sync flush. */
const LAST_BLOCK = Buffer.from([3, 0]);

/**
 * Compresses a file into one gzip member on all threads of the pool, and digests both sides in the same pass. The
 * target is on disk when it returns. Throws conflict `lab.input-changed` when the source was written to meanwhile,
 * and the signal's reason.
 */
export async function compressFile(request: CompressRequest): Promise<CompressedFile> {
  const source = await open(request.source, 'r');
  try {
    const before = await source.stat();
    const target = await open(request.target, 'wx', 0o644);
    try {
      const compressed = await compress({ ...request, source, target, totalBytes: before.size });
      const after = await source.stat();
      if (after.size !== compressed.plain.sizeBytes || after.mtimeMs !== before.mtimeMs) {
        throw inputChanged(request.source);
      }
      await target.sync();
      return compressed;
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

export function inputChanged(path: string): Error {
  return conflict('lab.input-changed', `${path} was written to while it was made ready for a test`, {
    hint: 'something still writes this file: wait for the build to end, then run again',
  });
}

interface Compressing extends Omit<CompressRequest, 'source' | 'target'> {
  readonly source: FileHandle;
  readonly target: FileHandle;
  readonly totalBytes: number;
}

interface StartedBlock {
  readonly memory: Buffer;
  readonly plainBytes: number;
  readonly compressed: Promise<Buffer>;
}

async function compress(run: Compressing): Promise<CompressedFile> {
  const { source, target, totalBytes, signal, onPercent } = run;
  const output = createOutput(target);
  const sha256 = createHash('sha256');
  const compressBlock = createBlockCompressor();
  const free: Buffer[] = [];
  const inFlight: StartedBlock[] = [];
  let crc = 0;
  let readTotal = 0;
  let doneBytes = 0;
  const writeOldest = async (): Promise<void> => {
    const oldest = inFlight.shift();
    if (oldest === undefined) return;
    await output.write(await oldest.compressed);
    free.push(oldest.memory);
    doneBytes += oldest.plainBytes;
    onPercent(Math.min(100, Math.floor((100 * doneBytes) / Math.max(1, totalBytes))));
  };
  await output.write(HEADER);
  try {
    for (;;) {
      signal.throwIfAborted();
      const memory = free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
      const bytes = await readBlock(source, memory, readTotal);
      if (bytes.length === 0) break;
      readTotal += bytes.length;
      // The pool gets its work first, so that this thread takes the checksums meanwhile.
      inFlight.push(startBlock(compressBlock, memory, bytes));
      sha256.update(bytes);
      crc = crc32(bytes, crc);
      if (inFlight.length >= BLOCKS_IN_FLIGHT) await writeOldest();
    }
    while (inFlight.length > 0) {
      signal.throwIfAborted();
      await writeOldest();
    }
  } catch (error) {
    // Their memory is in use until they are done.
    await Promise.allSettled(inFlight.map(({ compressed }) => compressed));
    throw error;
  }
  await output.write(Buffer.concat([LAST_BLOCK, trailerOf(crc, readTotal)]));
  return { ...output.result(), plain: { sizeBytes: readTotal, sha256: sha256.digest('hex') } };
}

function startBlock(compressBlock: CompressBlock, memory: Buffer, bytes: Buffer): StartedBlock {
  const compressed = compressBlock({ bytes, endsPart: false });
  // It is awaited in order, maybe after another block has failed: until then a failure must not count as unhandled.
  compressed.catch(() => undefined);
  return { memory, plainBytes: bytes.length, compressed };
}

/** As much as there is, up to a whole block. */
async function readBlock(file: FileHandle, memory: Buffer, position: number): Promise<Buffer> {
  let filled = 0;
  while (filled < memory.length) {
    const { bytesRead } = await file.read(memory, filled, memory.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return memory.subarray(0, filled);
}

function createOutput(target: FileHandle) {
  const md5 = createHash('md5');
  let sizeBytes = 0;
  return {
    write: async (bytes: Buffer): Promise<void> => {
      md5.update(bytes);
      sizeBytes += bytes.length;
      for (let written = 0; written < bytes.length; ) {
        written += (await target.write(bytes, written)).bytesWritten;
      }
    },
    result: () => ({ sizeBytes, md5: md5.digest('hex') }),
  };
}

/** CRC-32 and size modulo 2^32 of the plain bytes (RFC 1952, 2.3.1). */
function trailerOf(crc: number, sizeBytes: number): Buffer {
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc, 0);
  trailer.writeUInt32LE(sizeBytes % 2 ** 32, 4);
  return trailer;
}
