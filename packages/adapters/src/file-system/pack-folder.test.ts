import { chmod, mkdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { digestFile } from './file-digest.ts';
import { packFolder } from './pack-folder.ts';
import { testFolder } from './test-folder.ts';

async function sourceWith(files: Readonly<Record<string, string>>): Promise<string> {
  const source = join(await testFolder(), 'source');
  await mkdir(source);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(source, name, '..'), { recursive: true });
    await writeFile(join(source, name), content);
  }
  return source;
}

async function packed(source: string, prefix = 'headers') {
  const target = join(await testFolder(), 'out.tar.gz');
  const digest = await packFolder({ source, prefix, target });
  return { digest, target, bytes: await readFile(target) };
}

/** `name type mode[ -> target]` of each entry, in order. */
async function entriesOf(bytes: Uint8Array): Promise<readonly string[]> {
  const entries: string[] = [];
  const reader = extract();
  reader.on('entry', ({ name, type, mode, linkname, uid, gid, mtime }, stream, next) => {
    const arrow = type === 'symlink' ? ` -> ${linkname}` : '';
    entries.push(
      `${name} ${type} ${mode.toString(8)}${arrow}${uid + gid + mtime.getTime() === 0 ? '' : ' not anonymous'}`,
    );
    stream.on('end', () => next());
    stream.resume();
  });
  reader.end(gunzipSync(bytes));
  await new Promise((resolve, reject) => reader.on('finish', () => resolve(undefined)).on('error', reject));
  return entries;
}

describe('a packed folder', () => {
  it('has the same bytes whatever the order, times and extra permissions of its files', async () => {
    const first = await sourceWith({ a: '1', 'b/c': '2', B: '3' });
    const second = await sourceWith({ B: '3', 'b/c': '2', a: '1' });
    await chmod(join(second, 'a'), 0o600);
    await utimes(join(second, 'b/c'), new Date(0), new Date(0));
    expect((await packed(first)).bytes.equals((await packed(second)).bytes)).toBe(true);
  });

  it('lists entries sorted, owned by nobody, at time 0, with plain modes', async () => {
    const source = await sourceWith({ 'lib/z': '', 'lib/a': 'x', run: '#!/bin/sh\n' });
    await chmod(join(source, 'run'), 0o770);
    await symlink('lib/a', join(source, 'link'));
    expect(await entriesOf((await packed(source)).bytes)).toEqual([
      'headers directory 755',
      'headers/lib directory 755',
      'headers/lib/a file 644',
      'headers/lib/z file 644',
      'headers/link symlink 777 -> lib/a',
      'headers/run file 755',
    ]);
  });

  it('answers size and digest of the archive it wrote', async () => {
    const { digest, target } = await packed(await sourceWith({ a: 'x'.repeat(3_000_000) }), '');
    expect(digest).toEqual({ ...(await digestFile(target)), droppedLinks: 0 });
  });

  it('keeps names that are longer than a tar header holds', async () => {
    const name = `${'deep/'.repeat(30)}${'n'.repeat(120)}`;
    const { bytes } = await packed(await sourceWith({ [name]: 'x' }), '');
    expect((await entriesOf(bytes)).at(-1)).toBe(`${name} file 644`);
  });

  it('refuses every link that leaves the folder, by its text or through another link', async () => {
    const source = await sourceWith({ 'a/b/file': '' });
    await symlink('/etc/passwd', join(source, 'absolute'));
    await symlink('../../outside', join(source, 'a/up'));
    await symlink('../..', join(source, 'a/b/root'));
    await symlink('root/../..', join(source, 'a/b/sly'));
    await expect(packed(source)).rejects.toMatchObject({
      code: 'archive.unpackable',
      problems: [{ at: 'a/b/sly' }, { at: 'a/up' }, { at: 'absolute' }],
    });
  });

  it('keeps a link to nothing as long as it points inside', async () => {
    const source = await sourceWith({ a: '' });
    await symlink('not-there', join(source, 'dangling'));
    expect(await entriesOf((await packed(source, '')).bytes)).toContain('dangling symlink 777 -> not-there');
  });

  it('leaves out links to places that only the build knew, and counts them', async () => {
    const source = await sourceWith({ 'a/COPYING': 'x' });
    await symlink('/work/build/tmp/COPYING', join(source, 'a/container'));
    await symlink('/work/other', join(source, 'gone'));
    const target = join(await testFolder(), 'out.tar.gz');
    const packing = packFolder({ source, prefix: '', target, droppedTargets: ['/work/'] });
    expect(await packing).toMatchObject({ droppedLinks: 2 });
    expect(await entriesOf(await readFile(target))).toEqual(['a directory 755', 'a/COPYING file 644']);
    await expect(packed(source)).rejects.toMatchObject({ problems: [{ at: 'a/container' }, { at: 'gone' }] });
  });

  it('refuses other links out of the folder beside those it leaves out', async () => {
    const source = await sourceWith({ a: '' });
    await symlink('/worked/x', join(source, 'absolute'));
    const target = join(await testFolder(), 'out.tar.gz');
    const packing = packFolder({ source, prefix: '', target, droppedTargets: ['/work/'] });
    await expect(packing).rejects.toMatchObject({ problems: [{ at: 'absolute' }] });
  });

  it('packs an empty folder', async () => {
    expect(await entriesOf((await packed(await sourceWith({}))).bytes)).toEqual(['headers directory 755']);
  });
});
