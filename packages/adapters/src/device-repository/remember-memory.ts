const CHUNK_WORDS = 4096;
/** A longer run of zeros is the interpreter's stack, five megabytes that are written before they are read. */
const LONGEST_ZERO_WORDS = 256 * 1024;

/**
 * Remembers what a memory holds; the function it gives puts that back. Left as they are: the stack, and what lies
 * beyond the last byte in use, which the allocator takes as unwritten.
 */
export function rememberMemory(memory: WebAssembly.Memory): () => void {
  const before = new Int32Array(memory.buffer);
  const kept = runsOf(before)
    .filter((run) => !run.isZero || run.end - run.start <= LONGEST_ZERO_WORDS)
    .map(({ start, end }) => ({ start, words: before.slice(start, end) }));
  return () => {
    const now = new Int32Array(memory.buffer);
    for (const { start, words } of kept) now.set(words, start);
  };
}

/** Neighbouring chunks that all are zeros, or all are not; counted in words. */
interface Run {
  readonly start: number;
  readonly end: number;
  readonly isZero: boolean;
}

function runsOf(words: Int32Array): readonly Run[] {
  const runs: Run[] = [];
  for (let start = 0; start < words.length; start += CHUNK_WORDS) {
    const end = Math.min(start + CHUNK_WORDS, words.length);
    const isZero = isZeroBetween(words, start, end);
    const last = runs.at(-1);
    if (last?.isZero === isZero) runs[runs.length - 1] = { ...last, end };
    else runs.push({ start, end, isZero });
  }
  return runs.at(-1)?.isZero === true ? runs.slice(0, -1) : runs;
}

function isZeroBetween(words: Int32Array, start: number, end: number): boolean {
  for (let index = start; index < end; index += 1) {
    if (words[index] !== 0) return false;
  }
  return true;
}
