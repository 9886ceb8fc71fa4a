import { appendFile, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { followEventLog } from './follow-event-log.ts';

let folder = '';
let path = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'osrel-follow-'));
  path = join(folder, 'events.json');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** Does one thing between each two looks, then ends the following. */
async function follow(...between: (() => Promise<void>)[]) {
  const lines: string[] = [];
  const stop = new AbortController();
  const wait = async () => {
    const next = between.shift();
    if (next === undefined) stop.abort();
    else await next();
  };
  const followed = await followEventLog({
    path,
    onLine: (line) => lines.push(line),
    signal: stop.signal,
    wait,
  });
  return { lines, ...followed };
}

describe('followEventLog', () => {
  it('waits for a file that is not there yet, and puts parts of lines together', async () => {
    const { lines } = await follow(
      async () => {},
      () => writeFile(path, 'one\ntw'),
      () => appendFile(path, 'o\nthr'),
      () => appendFile(path, 'ee\n'),
    );
    expect(lines).toEqual(['one', 'two', 'three']);
  });

  it('reads what is there once more when it is told to stop', async () => {
    await writeFile(path, 'one\n');
    const stop = new AbortController();
    const lines: string[] = [];
    stop.abort();
    await followEventLog({ path, onLine: (line) => lines.push(line), signal: stop.signal });
    expect(lines).toEqual(['one']);
  });

  it('hands on a last line without its end', async () => {
    expect((await follow(() => writeFile(path, 'one\nlast'))).lines).toEqual(['one', 'last']);
  });

  it('begins again with a file that was cut, replaced, or written anew with the same length', async () => {
    const { lines } = await follow(
      () => writeFile(path, 'first\nbegun'),
      () => truncate(path, 0),
      () => writeFile(path, 'second\n'),
      async () => {
        await writeFile(join(folder, 'other'), 'third and longer\n');
        await rename(join(folder, 'other'), path);
      },
      () => writeFile(path, 'FOURTH AND LONG\nx'),
    );
    expect(lines).toEqual(['first', 'second', 'third and longer', 'FOURTH AND LONG', 'x']);
  });

  it('keeps what it read of a file that is removed, and goes on with the next', async () => {
    const { lines } = await follow(
      () => writeFile(path, 'one\n'),
      () => rm(path),
      () => writeFile(path, 'two\n'),
    );
    expect(lines).toEqual(['one', 'two']);
  });

  it('puts characters together that a piece cut in two', async () => {
    const bytes = Buffer.from('é\n');
    const { lines } = await follow(
      () => writeFile(path, bytes.subarray(0, 1)),
      () => appendFile(path, bytes.subarray(1)),
    );
    expect(lines).toEqual(['é']);
  });

  it('leaves out a line beyond 64 MiB and counts it', async () => {
    await writeFile(path, 'before\n');
    await appendFile(path, Buffer.alloc(65 * 1024 * 1024, 'x'));
    await appendFile(path, '\nafter\n');
    const { lines, skippedLines } = await follow();
    expect(lines).toEqual(['before', 'after']);
    expect(skippedLines).toBe(1);
  });

  it('reads a line of many pieces whole', async () => {
    await writeFile(path, `${'x'.repeat(3_000_000)}\n`);
    expect((await follow()).lines.map(({ length }) => length)).toEqual([3_000_000]);
  });

  it('lets what the reader of lines throws through', async () => {
    await writeFile(path, 'one\n');
    const onLine = () => {
      throw new Error('no more');
    };
    const followed = followEventLog({ path, onLine, signal: new AbortController().signal });
    await expect(followed).rejects.toThrow('no more');
  });
});
