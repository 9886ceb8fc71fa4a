import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cleanLogLine } from './clean-log-line.ts';
import { readLastLines } from './read-last-lines.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'osrel-tail-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function lastOf(content: string | Buffer, count: number) {
  const path = join(folder, 'log');
  await writeFile(path, content);
  return readLastLines(path, count);
}

describe('readLastLines', () => {
  it.each([
    ['', []],
    ['one', ['one']],
    ['one\ntwo\nthree\n', ['two', 'three']],
    ['one\n\n', ['one', '']],
  ])('reads the last two lines of %j', async (content, lines) => {
    expect(await lastOf(content, 2)).toEqual(lines);
  });

  it('reads the end of a large file, without the line it cut', async () => {
    const lines = await lastOf('x'.repeat(99).concat('\n').repeat(50_000), 100_000);
    expect(lines?.length).toBe(2621);
    expect(lines?.every((line) => line.length === 99)).toBe(true);
  });

  it('gives the end of a line that is longer than what is read', async () => {
    const [line = ''] = (await lastOf('x'.repeat(1_000_000), 3)) ?? [];
    expect(line).toHaveLength(256 * 1024);
  });

  it('gives nothing of a file that is not there, and of a folder', async () => {
    expect(await readLastLines(join(folder, 'absent'), 3)).toBeUndefined();
    expect(await readLastLines(folder, 3)).toBeUndefined();
  });
});

describe('cleanLogLine', () => {
  it('takes colours, control characters and marks of direction out', () => {
    expect(cleanLogLine('\u001b[31mred\u001b[0m\u0007 a\tb\u0000\u202e  \r')).toBe('red a  b');
    expect(cleanLogLine('10%\r100%')).toBe('100%');
  });

  it('cuts what is too long to read', () => {
    const line = cleanLogLine('é'.repeat(1_000_000));
    expect(line).toHaveLength(300);
    expect(line.endsWith('é...')).toBe(true);
  });
});
