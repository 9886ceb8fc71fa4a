import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCacheOwner } from './in-use-owner.ts';
import { createTransportCache } from './transport-cache.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const follower = { signal: new AbortController().signal, onPercent: () => {} };

let folder = '';
let cacheFolder = '';
let now = Date.parse('2026-01-05T08:00:00.000Z');
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'osrel-transport-'));
  cacheFolder = join(folder, 'cache/leviathan');
  now = Date.parse('2026-01-05T08:00:00.000Z');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = (kept?: number) =>
  createTransportCache({
    folder: cacheFolder,
    owner: () => createCacheOwner(process.pid),
    clock: { now: () => new Date(now).toISOString(), sleep: async () => {} },
    ...(kept === undefined ? {} : { kept }),
  });

async function put(text: string, name = 'image'): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

const cached = async (): Promise<readonly string[]> =>
  (await readdir(cacheFolder)).filter((name) => name.endsWith('.gz'));

describe('createTransportCache', () => {
  it('compresses once and gives later runs the same file', async () => {
    const source = await put('first');
    const fresh = await open()(source, follower);
    expect(fresh).toMatchObject({ isNew: true, plain: { sha256: sha256('first'), sizeBytes: 5 } });
    expect(gunzipSync(await readFile(fresh.path)).toString()).toBe('first');
    const again = await open()(source, follower);
    expect(again).toEqual({ ...fresh, isNew: false });
    expect(await cached()).toEqual([`${sha256('first')}.gz`]);
  });

  it('takes nobody’s word for the content: neither size and time nor the name decide', async () => {
    const source = await put('first');
    const fresh = await open()(source, follower);
    const { atime, mtime } = await stat(source);
    await put('other');
    await utimes(source, atime, mtime);
    expect((await open()(source, follower)).plain.sha256).toBe(sha256('other'));
    await truncate(join(cacheFolder, `${sha256('first')}.gz`), 10);
    await put('first');
    const repaired = await open()(source, follower);
    expect(repaired).toEqual({ ...fresh, isNew: true });
    expect(gunzipSync(await readFile(repaired.path)).toString()).toBe('first');
  });

  it('keeps a bounded number, those used last', async () => {
    const compress = open(2);
    for (const text of ['a', 'b', 'a', 'c']) {
      now += 60_000;
      const { path } = await compress(await put(text), follower);
      await utimes(path, new Date(now), new Date(now));
    }
    expect([...(await cached())].sort()).toEqual(['a', 'c'].map((text) => `${sha256(text)}.gz`).sort());
  });

  it('leaves nothing of a compression that was stopped', async () => {
    const source = await put('x'.repeat(5_000_000));
    const stop = new AbortController();
    const work = open()(source, { signal: stop.signal, onPercent: () => stop.abort(new Error('enough')) });
    await expect(work).rejects.toThrow('enough');
    expect(await cached()).toEqual([]);
    const own = (await createCacheOwner(process.pid)).name;
    expect(await readdir(join(cacheFolder, 'in-use', own))).toEqual([]);
  });

  it('says so when its folder cannot be made', async () => {
    await mkdir(dirname(cacheFolder), { recursive: true });
    await writeFile(cacheFolder, 'a file in its place');
    await expect(open()(await put('x'), follower)).rejects.toMatchObject({
      kind: 'permission',
      code: 'lab.cache-not-writable',
    });
    await rm(cacheFolder);
    await expect(open()(await put('x'), follower)).resolves.toMatchObject({ isNew: true });
  });
});

describe('two osrels with one cache', () => {
  async function startOther(source: string) {
    const program = fileURLToPath(new URL('test-workspace-process.ts', import.meta.url));
    const child = spawn(process.execPath, [program, cacheFolder, source], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [path] = (await once(createInterface(child.stdout), 'line')) as [string];
    const end = async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    };
    return { path, end };
  }

  it('never takes away what the other still uses, and clears up after it when it was killed', async () => {
    const other = await startOther(await put('theirs', 'their-image'));
    const compress = open(1);
    for (const text of ['one', 'two']) await compress(await put(text), follower);
    expect(await cached()).not.toContain(`${sha256('theirs')}.gz`);
    expect(gunzipSync(await readFile(other.path)).toString()).toBe('theirs');
    await open(1)(await put('three'), follower);
    expect(gunzipSync(await readFile(other.path)).toString()).toBe('theirs');
    await other.end();
    await open(1)(await put('three'), follower);
    await expect(stat(dirname(other.path))).rejects.toThrow(/ENOENT/);
  });
});
