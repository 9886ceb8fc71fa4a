import { describe, expect, it } from 'vitest';
import { rememberMemory } from './remember-memory.ts';

const PAGE_BYTES = 64 * 1024;

function memoryOf(pages: number) {
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  return { memory, bytes: new Uint8Array(memory.buffer) };
}

describe('rememberMemory', () => {
  it('puts back what was there, with the zeros between', () => {
    const { memory, bytes } = memoryOf(4);
    bytes.set([1, 2, 3], 100);
    bytes.set([255], 3 * PAGE_BYTES - 1);
    const before = bytes.slice();
    const putBack = rememberMemory(memory);
    bytes.fill(7, 0, 3 * PAGE_BYTES);
    putBack();
    expect(Buffer.compare(bytes, before)).toBe(0);
  });

  it('leaves what lies beyond the last byte in use, and a long run of zeros', () => {
    const { memory, bytes } = memoryOf(64);
    bytes[0] = 1;
    bytes[40 * PAGE_BYTES] = 2;
    const putBack = rememberMemory(memory);
    for (const at of [0, 20 * PAGE_BYTES, 40 * PAGE_BYTES, 60 * PAGE_BYTES]) bytes[at] = 9;
    putBack();
    expect([0, 20, 40, 60].map((page) => bytes[page * PAGE_BYTES])).toEqual([1, 9, 2, 9]);
  });
});
