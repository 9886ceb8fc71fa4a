import { open } from 'node:fs/promises';

const BLOCK_BYTES = 65_536;

/**
 * Writes pieces of bytes into a new file of a fixed size. Blocks of zeros are left as holes, so that a disk
 * image of many megabytes costs only what is in it.
 * @param {string} file
 * @param {number} sizeBytes
 * @param {{ offset: number, bytes: Uint8Array }[]} pieces
 */
export async function writeSparseFile(file, sizeBytes, pieces) {
  const handle = await open(file, 'w', 0o644);
  try {
    await handle.truncate(sizeBytes);
    for (const piece of pieces) await writeBlocks(handle, piece);
  } finally {
    await handle.close();
  }
}

async function writeBlocks(handle, { offset, bytes }) {
  const zeros = Buffer.alloc(BLOCK_BYTES);
  let runStart = -1;
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    const block = bytes.subarray(at, at + BLOCK_BYTES);
    const empty = zeros.compare(block, 0, block.length, 0, block.length) === 0;
    if (!empty && runStart < 0) runStart = at;
    if (empty && runStart >= 0) {
      await writeFully(handle, bytes.subarray(runStart, at), offset + runStart);
      runStart = -1;
    }
  }
  if (runStart >= 0) await writeFully(handle, bytes.subarray(runStart), offset + runStart);
}

async function writeFully(handle, bytes, position) {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
