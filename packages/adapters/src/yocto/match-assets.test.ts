import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { matchAssets } from './match-assets.ts';

let root = '';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'osrel-assets-'));
});

afterEach(() => rm(root, { recursive: true, force: true }));

async function files(...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), name);
  }
}

const match = (...patterns: string[]) =>
  matchAssets(
    root,
    patterns.map((pattern) => ({ pattern, required: false })),
  );

describe('matchAssets', () => {
  it('matches ** at any depth, also none (W27)', async () => {
    await files(
      'cyclonedx/bom.json',
      'cyclonedx/image/bom.json',
      'cyclonedx/a/b/c/vex.json',
      'cyclonedx/a/note.txt',
    );
    expect(await match('cyclonedx/**/*.json')).toEqual([
      'cyclonedx/a/b/c/vex.json',
      'cyclonedx/bom.json',
      'cyclonedx/image/bom.json',
    ]);
  });

  it('takes everything below a folder, however the pattern names it, and lists each file once', async () => {
    await files('licenses/zlib/MIT', 'licenses/busybox/deep/GPL', 'licenses/top', 'other');
    const all = ['licenses/busybox/deep/GPL', 'licenses/top', 'licenses/zlib/MIT'];
    expect(await match('licenses/**')).toEqual(all);
    expect(await match('licenses/')).toEqual(all);
    expect(await match('licenses')).toEqual(all);
    expect(await match('licenses/*', 'licenses/**', 'licenses/top')).toEqual(all);
  });

  it('matches *, ? and brackets within one name', async () => {
    await files(
      'images/a.manifest',
      'images/b.manifest',
      'images/part-1',
      'images/part-12',
      'images/sub/c.manifest',
    );
    expect(await match('images/*.manifest')).toEqual(['images/a.manifest', 'images/b.manifest']);
    expect(await match('images/part-?', 'images/[b].manifest')).toEqual([
      'images/b.manifest',
      'images/part-1',
    ]);
  });

  it('lists a link to a file below the root, and passes over links that leave it or lead nowhere', async () => {
    await files('images/real.manifest');
    await symlink('real.manifest', join(root, 'images/link.manifest'));
    await symlink('/etc/hostname', join(root, 'images/outside.manifest'));
    await symlink('/builder/gone', join(root, 'images/container.manifest'));
    await symlink('..', join(root, 'images/loop'));
    expect(await match('images/**')).toEqual(['images/link.manifest', 'images/real.manifest']);
  });

  it.each(['../x', 'a/../../x', '/etc/passwd', '', 'a\0b'])('refuses the pattern %j', async (pattern) => {
    await expect(match(pattern)).rejects.toMatchObject({ kind: 'config', code: 'build.malformed-pattern' });
  });

  it('passes over hidden files and folders unless the pattern says the dot', async () => {
    await files('a/.hidden', 'a/.git/config', 'a/seen', 'b/.env');
    expect(await match('a/**')).toEqual(['a/seen']);
    expect(await match('a')).toEqual(['a/seen']);
    expect(await match('**')).toEqual(['a/seen']);
    expect(await match('*/.*')).toEqual(['a/.git/config', 'a/.hidden', 'b/.env']);
    expect(await match('a/.git/*', '.git')).toEqual(['a/.git/config']);
  });

  it('takes alternatives in braces and extended globs', async () => {
    await files('i/a.json', 'i/b.json', 'i/c.json', 'j/a.json', 'i/aa.json');
    expect(await match('i/{a,b}.json')).toEqual(['i/a.json', 'i/b.json']);
    expect(await match('{i,j}/a.json')).toEqual(['i/a.json', 'j/a.json']);
    expect(await match('i/{a..c}.json')).toEqual(['i/a.json', 'i/b.json', 'i/c.json']);
    expect(await match('i/+(a).json')).toEqual(['i/a.json', 'i/aa.json']);
    expect(await match('i/!(a|aa).json')).toEqual(['i/b.json', 'i/c.json']);
  });

  it('takes ranges, classes and negation in brackets', async () => {
    await files('p/1', 'p/2', 'p/a', 'p/B');
    expect(await match('p/[0-9]')).toEqual(['p/1', 'p/2']);
    expect(await match('p/[!0-9]')).toEqual(['p/B', 'p/a']);
    expect(await match('p/[[:upper:]]')).toEqual(['p/B']);
  });

  it('takes a character behind a backslash as it is', async () => {
    await files('p/[x].txt', 'p/x.txt', 'p/*', 'p/{a}', 'p/a');
    expect(await match('p/\\[x\\].txt')).toEqual(['p/[x].txt']);
    expect(await match('p/\\*')).toEqual(['p/*']);
    expect(await match('p/\\{a\\}')).toEqual(['p/{a}']);
    expect(await match('p/\\x.txt')).toEqual(['p/x.txt']);
  });

  it.skipIf(process.platform === 'darwin')('tells upper from lower case (skipped on macOS)', async () => {
    await files('A/B.JSON', 'A/b.json');
    expect(await match('A/*.json')).toEqual(['A/b.json']);
    expect(await match('a/*')).toEqual([]);
  });

  it('takes odd spellings of a path', async () => {
    await files('a/b/c');
    expect(await match('./a//b/c')).toEqual(['a/b/c']);
    expect(await match('a/b///')).toEqual(['a/b/c']);
  });

  it('lists both the link and the file with a time in its name where both match', async () => {
    await files('images/board/image-20260101.manifest');
    await symlink('image-20260101.manifest', join(root, 'images/board/image.manifest'));
    expect(await match('images/board/*.manifest')).toEqual([
      'images/board/image-20260101.manifest',
      'images/board/image.manifest',
    ]);
    expect(await match('images/board/image.manifest')).toEqual(['images/board/image.manifest']);
  });

  it('never follows a linked folder in **, but does so by its name', async () => {
    await files('real/deep/file');
    await symlink('real', join(root, 'linked'));
    expect(await match('**/file')).toEqual(['real/deep/file']);
    expect(await match('linked/deep/file')).toEqual(['linked/deep/file']);
  });

  it('names every required pattern without a match, and passes over optional ones (W27)', async () => {
    await files('a');
    await mkdir(join(root, 'empty'));
    const patterns = [
      { pattern: 'a', required: true },
      { pattern: 'empty/', required: true },
      { pattern: 'b/*.json', required: true },
      { pattern: 'c', required: false },
    ];
    await expect(matchAssets(root, patterns)).rejects.toMatchObject({
      kind: 'tool',
      code: 'build.assets-missing',
      message: 'the build made no file for: empty/, b/*.json',
      problems: [{ at: 'empty/' }, { at: 'b/*.json' }],
    });
  });

  it('matches nothing outside of the root, whatever braces put together', async () => {
    await files('sub/x');
    const inner = (pattern: string) => matchAssets(join(root, 'sub'), [{ pattern, required: false }]);
    await writeFile(join(root, 'secret'), 'x');
    expect(await inner('{.,x}{.,y}/secret')).toEqual([]);
    expect(await inner('@(..)/secret')).toEqual([]);
  });
});
