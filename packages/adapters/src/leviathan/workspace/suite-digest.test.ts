import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestSuite } from './suite-digest.ts';

const never = new AbortController().signal;
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'osrel-suite-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), `content of ${path}\n`);
  }
}

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
const md5OfFiles = (...paths: readonly string[]): string =>
  md5(paths.map((path) => md5(`content of ${path}\n`)).join(''));

describe('digestSuite', () => {
  it('is md5 over the md5s of the files, without node_modules at any depth', async () => {
    await put(
      'package.json',
      'suite.js',
      'node_modules/a/index.js',
      'tests/one/index.js',
      'tests/node_modules/b.js',
    );
    const { md5: digest } = await digestSuite(folder, never);
    expect(digest).toBe(md5OfFiles('package.json', 'suite.js', 'tests/one/index.js'));
  });

  it('orders files as the real core does, where its comparison contradicts itself', async () => {
    // Recorded from the client of Leviathan 2.36.124 for exactly these files.
    await put(
      'z.js',
      'suite.js',
      'assets/dockerfile',
      'assets/b/deep/file',
      'tests/a/index.js',
      'tests/a/x/y.js',
      'tests/b/index.js',
      'package.json',
      'Makefile',
      'lib/common.js',
      'lib/a/b.js',
    );
    expect((await digestSuite(folder, never)).md5).toBe('96de691d7d48f76103a82ae0b6f3b2cb');
  });

  it('changes its sha256 with a name or a content, and not with where the suite lies', async () => {
    await put('suite.js', 'tests/one.js');
    const first = await digestSuite(folder, never);
    await rm(join(folder, 'tests/one.js'));
    await put('tests/two.js');
    const second = await digestSuite(folder, never);
    expect(second.sha256).not.toBe(first.sha256);
    await rm(join(folder, 'tests/two.js'));
    await put('tests/one.js');
    expect(await digestSuite(folder, never)).toEqual(first);
  });

  it('follows links, and refuses those that lead nowhere or in circles', async () => {
    await put('suite.js', 'shared/a.js');
    await symlink('shared', join(folder, 'linked'));
    expect((await digestSuite(folder, never)).md5).toBe(md5OfFiles('shared/a.js', 'shared/a.js', 'suite.js'));
    await symlink('..', join(folder, 'shared/up'));
    await expect(digestSuite(folder, never)).rejects.toMatchObject({ code: 'lab.suite-unreadable' });
    await rm(join(folder, 'shared/up'));
    await symlink('nothing', join(folder, 'dangling'));
    await expect(digestSuite(folder, never)).rejects.toThrow(/dangling leads nowhere/);
  });
});
