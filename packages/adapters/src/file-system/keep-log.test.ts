import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRedactor } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { type KeepLogRequest, keepLog } from './keep-log.ts';
import { testFolder } from './test-folder.ts';

const READ_BYTES = 1 << 20;
const KEY = '-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END KEY-----';

async function start(text?: string) {
  const root = await testFolder();
  const folder = join(root, 'runs/r1');
  const path = join(root, 'log.do_compile.1');
  await mkdir(folder, { recursive: true });
  if (text !== undefined) await writeFile(path, text);
  const redactor = createRedactor(['hunter2-hunter2', KEY]);
  const keep = (changes: Partial<KeepLogRequest> = {}) =>
    keepLog({
      folder,
      stepId: 'build',
      name: 'compile.log',
      content: { path },
      kind: 'text',
      redactor,
      ...changes,
    });
  return { folder, path, keep, read: () => readFile(join(folder, 'logs/build/compile.log'), 'utf8') };
}

describe('keepLog', () => {
  it('copies the log, every secret hidden (W1)', async () => {
    const { keep, read } = await start('one\ntoken=hunter2-hunter2\nthree');
    await keep();
    expect(await read()).toBe('one\ntoken=***\nthree');
  });

  it.each([1, 7, 14])('hides a secret of which %d characters are in the first read', async (characters) => {
    const before = 'x'.repeat(READ_BYTES - characters);
    const { keep, read } = await start(`${before}hunter2-hunter2\nend`);
    await keep();
    expect(await read()).toBe(`${before}***\nend`);
  });

  it('hides a secret that lies across lines', async () => {
    const { keep, read } = await start(`before\n${KEY}\nafter`);
    await keep();
    expect(await read()).toBe('before\n***\nafter');
  });

  it('keeps characters whole that lie across two reads', async () => {
    const text = `${'x'.repeat(READ_BYTES - 1)}é\n`;
    const { keep, read } = await start(text);
    await keep();
    expect(await read()).toBe(text);
  });

  it('keeps a text that is in no file, every secret hidden', async () => {
    const { keep, read } = await start();
    await keep({ content: { text: 'a hunter2-hunter2 b' } });
    expect(await read()).toBe('a *** b');
  });

  it('keeps a binary file byte for byte', async () => {
    const { keep, path, folder } = await start();
    const bytes = Buffer.from([0, 255, 254, 10, 13, 128, 192]);
    await writeFile(path, bytes);
    await keep({ kind: 'binary' });
    expect(await readFile(join(folder, 'logs/build/compile.log'))).toEqual(bytes);
  });

  it('keeps nothing of a log that is not there', async () => {
    const { keep, folder } = await start();
    await keep();
    expect(await readdir(folder)).toEqual([]);
  });

  it('replaces a log that was kept before, and leaves nothing else beside it', async () => {
    const { keep, read, path, folder } = await start('first');
    await keep();
    await writeFile(path, 'second');
    await keep();
    expect(await read()).toBe('second');
    expect(await readdir(join(folder, 'logs/build'))).toEqual(['compile.log']);
  });

  it('leaves no half file when the log cannot be read to its end', async () => {
    const { keep, path, folder } = await start();
    await mkdir(path); // reading a folder fails after it was opened
    await expect(keep()).rejects.toMatchObject({ code: 'EISDIR' });
    expect(await readdir(join(folder, 'logs/build'))).toEqual([]);
  });

  it('leaves no half file when the place is taken', async () => {
    const { keep, folder } = await start('text');
    await mkdir(join(folder, 'logs/build/compile.log'), { recursive: true });
    await expect(keep()).rejects.toThrow();
    expect(await readdir(join(folder, 'logs/build'))).toEqual(['compile.log']);
  });

  it('makes names safe: one with slashes or dots stays inside the run', async () => {
    const { keep, folder } = await start('text');
    await keep({ stepId: 'build/hostapp', name: '../../escaped' });
    await keep({ stepId: '..', name: 'a/b' });
    const found = await readdir(folder, { recursive: true });
    expect([...found].sort()).toEqual([
      'logs',
      'logs/%2E.',
      'logs/%2E./a%2Fb',
      'logs/build%2Fhostapp',
      'logs/build%2Fhostapp/%2E.%2F..%2Fescaped',
    ]);
    expect(await readdir(join(folder, '..'))).toEqual(['r1']);
  });
});
