import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openFileHash } from './hash-threads.ts';

const folder = mkdtempSync(join(tmpdir(), 'osrel-hash-'));
afterAll(() => rmSync(folder, { recursive: true }));

const content = randomBytes(300_001);
const file = join(folder, 'file');
writeFileSync(file, content);
const SHA256 = createHash('sha256').update(content).digest('hex');

const sharedBytes = (count: number) => Buffer.from(new SharedArrayBuffer(count));

async function hashInStretches(stretchBytes: number): Promise<string | null> {
  const descriptor = openSync(file, 'r');
  const hash = await openFileHash(descriptor);
  try {
    let sha256: string | null = null;
    for (let position = 0; position < content.length; position += stretchBytes) {
      const bytes = sharedBytes(Math.min(stretchBytes, content.length - position));
      const isLast = position + bytes.length === content.length;
      const { read, hashed } = hash.take({ bytes, position, isLast });
      expect(await read).toBe(bytes.length);
      expect(bytes.equals(content.subarray(position, position + bytes.length))).toBe(true);
      sha256 = (await hashed).sha256;
    }
    return sha256;
  } finally {
    hash.close();
    closeSync(descriptor);
  }
}

describe('hashing on other threads', () => {
  it('gives the digest of the whole, in whatever stretches and however many files at a time', async () => {
    const sizes = [content.length, 100_000, 65_536, 1000, 99_999, 300_000];
    expect(await Promise.all(sizes.map(hashInStretches))).toEqual(sizes.map(() => SHA256));
  });

  it('says how much there was of a file that ends too early', async () => {
    const descriptor = openSync(file, 'r');
    const hash = await openFileHash(descriptor);
    const { read, hashed } = hash.take({ bytes: sharedBytes(400_000), position: 0, isLast: true });
    expect(await read).toBe(content.length);
    await hashed;
    hash.close();
    closeSync(descriptor);
  });

  it('tells of a file that cannot be read, and serves the next one', async () => {
    const hash = await openFileHash(999_999);
    const { read, hashed } = hash.take({ bytes: sharedBytes(10), position: 0, isLast: true });
    await expect(read).rejects.toThrow('EBADF');
    await expect(hashed).rejects.toThrow('EBADF');
    hash.close();
    expect(await hashInStretches(1000)).toBe(SHA256);
  });

  it('holds the process while something is awaited, and not longer', () => {
    const program = `
      const { openSync } = await import('node:fs');
      const { openFileHash } = await import(${JSON.stringify(new URL('./hash-threads.ts', import.meta.url).href)});
      const hash = await openFileHash(openSync(${JSON.stringify(file)}, 'r'));
      const bytes = Buffer.from(new SharedArrayBuffer(${content.length}));
      const { hashed } = hash.take({ bytes, position: 0, isLast: true });
      console.log((await hashed).sha256);`;
    const words = ['--input-type=module', '--eval', program];
    const { status, stdout } = spawnSync(process.execPath, words, { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${SHA256}\n` });
  });
});
