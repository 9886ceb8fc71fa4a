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
  it('matches ** at any depth, also none', async () => {
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
});
