import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compressFile } from './compress-file.ts';
import { isCompressed, readGzip } from './digest-file.ts';

const hashOf = (name: string, bytes: Buffer): string => createHash(name).update(bytes).digest('hex');
const never = new AbortController().signal;
const MIB = 1024 * 1024;

/** Bytes that do not compress well, the same every time. */
function noise(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let at = 0; at < length; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'osrel-compress-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function compressed(plain: Buffer, percents: number[] = []) {
  const source = join(folder, 'plain');
  const target = join(folder, 'plain.gz');
  await writeFile(source, plain);
  const result = await compressFile({
    source,
    target,
    signal: never,
    onPercent: (percent) => void percents.push(percent),
  });
  return { result, bytes: await readFile(target), target };
}

describe('compressFile', () => {
  const cases: Readonly<Record<string, Buffer>> = {
    nothing: Buffer.alloc(0),
    'one byte': Buffer.from('x'),
    'a block exactly': noise(MIB, 1),
    'blocks and a rest': Buffer.concat([noise(3 * MIB + 17, 2), Buffer.alloc(2 * MIB)]),
    'more blocks than are in flight': Buffer.concat(
      Array.from({ length: 24 }, (_, at) => noise(MIB, at % 3)),
    ),
  };
  for (const [name, plain] of Object.entries(cases))
    it(`makes one gzip member of ${name} and digests both sides`, async () => {
      const { result, bytes, target } = await compressed(plain);
      expect(gunzipSync(bytes).equals(plain)).toBe(true);
      expect(result).toEqual({
        sizeBytes: bytes.length,
        md5: hashOf('md5', bytes),
        plain: { sizeBytes: plain.length, sha256: hashOf('sha256', plain) },
      });
      expect(await readGzip(target, never)).toEqual(result);
      expect(await isCompressed(target)).toBe(true);
    });

  it('makes the same bytes of the same input, so that a core recognises them', async () => {
    const first = await compressed(noise(2 * MIB, 3));
    await rm(first.target);
    expect((await compressed(noise(2 * MIB, 3))).result.md5).toBe(first.result.md5);
  });

  it('tells how far it is, up to 100', async () => {
    const percents: number[] = [];
    await compressed(noise(4 * MIB, 4), percents);
    expect(percents).toEqual([25, 50, 75, 100]);
  });

  it('stops with the reason of its signal', async () => {
    const source = join(folder, 'plain');
    await writeFile(source, noise(8 * MIB, 5));
    const stop = new AbortController();
    const reason = new Error('enough');
    const work = compressFile({
      source,
      target: join(folder, 'out'),
      signal: stop.signal,
      onPercent: () => stop.abort(reason),
    });
    await expect(work).rejects.toBe(reason);
  });

  it('refuses a source that is written to meanwhile', async () => {
    const source = join(folder, 'plain');
    await writeFile(source, noise(20 * MIB, 6));
    let isWritten = false;
    const work = compressFile({
      source,
      target: join(folder, 'out'),
      signal: never,
      onPercent: () => {
        if (!isWritten) appendFileSync(source, 'x');
        isWritten = true;
      },
    });
    await expect(work).rejects.toMatchObject({ kind: 'conflict', code: 'lab.input-changed' });
  });
});

describe('readGzip', () => {
  it('tells damage from content', async () => {
    const path = join(folder, 'damaged.gz');
    const whole = gzipSync(noise(100_000, 7));
    await writeFile(path, whole.subarray(0, whole.length - 100));
    expect(await readGzip(path, never)).toBeUndefined();
    const flipped = Buffer.from(whole);
    flipped.writeUInt8((flipped[5000] ?? 0) ^ 1, 5000);
    await writeFile(path, flipped);
    expect(await readGzip(path, never)).toBeUndefined();
    await writeFile(path, 'no gzip at all');
    expect(await readGzip(path, never)).toBeUndefined();
  });
});
