import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  createFileAtomically,
  makeFolder,
  moveIntoPlace,
  removeDurably,
  writeFileAtomically,
} from './atomic-file.ts';
import { isTemporary, removeStaleTemporaries, temporaryPath } from './temporary-file.ts';
import { testFolder } from './test-folder.ts';

const DEAD_PID = 4_194_300;
const crash = () => {
  throw new Error('crash');
};

describe('atomic files', () => {
  it('replaces a file and leaves nothing else behind', async () => {
    const folder = await testFolder();
    const path = join(folder, 'deep', 'file.json');
    await writeFileAtomically(path, 'old');
    await writeFileAtomically(path, 'new');
    expect(await readFile(path, 'utf8')).toBe('new');
    expect(await readdir(join(folder, 'deep'))).toEqual(['file.json']);
  });

  it('keeps the old content when it crashes right before the commit point', async () => {
    const path = join(await testFolder(), 'file');
    await writeFileAtomically(path, 'old');
    await expect(writeFileAtomically(path, 'new', crash)).rejects.toThrow('crash');
    expect(await readFile(path, 'utf8')).toBe('old');
  });

  it('creates a file once and says so', async () => {
    const folder = await testFolder();
    const path = join(folder, 'claim');
    expect(await createFileAtomically(path, 'first')).toBe(true);
    expect(await createFileAtomically(path, 'second')).toBe(false);
    expect(await readFile(path, 'utf8')).toBe('first');
    expect(await readdir(folder)).toEqual(['claim']);
  });

  it('lets one of many create a file', async () => {
    const path = join(await testFolder(), 'claim');
    const made = await Promise.all(
      Array.from({ length: 8 }, (_, index) => createFileAtomically(path, String(index))),
    );
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(await readFile(path, 'utf8')).toBe(String(made.indexOf(true)));
  });

  it('moves a finished folder into place and refuses to put it over one that holds something', async () => {
    const folder = await testFolder();
    await mkdir(join(folder, 'one'));
    await writeFile(join(folder, 'one', 'a'), '');
    await moveIntoPlace(join(folder, 'one'), join(folder, 'new', 'two'));
    await mkdir(join(folder, 'one'));
    await expect(moveIntoPlace(join(folder, 'one'), join(folder, 'new', 'two'))).rejects.toMatchObject({
      code: 'ENOTEMPTY',
    });
    expect(await readdir(join(folder, 'new', 'two'))).toEqual(['a']);
  });

  it('removes a file, and an absent one too', async () => {
    const path = join(await testFolder(), 'file');
    await writeFile(path, '');
    await removeDurably(path);
    await removeDurably(path);
    await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('makes a folder that exists already', async () => {
    const folder = join(await testFolder(), 'a', 'b');
    await makeFolder(folder);
    await makeFolder(folder);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('temporary files', () => {
  it('are removed once their process is gone, and only then', async () => {
    const folder = await testFolder();
    const own = temporaryPath(folder);
    const dead = own.replace(`.tmp-${process.pid}-`, `.tmp-${DEAD_PID}-`);
    for (const path of [own, dead, join(folder, 'kept')]) await writeFile(path, '');
    await removeStaleTemporaries(folder);
    expect((await readdir(folder)).map((name) => join(folder, name)).sort()).toEqual(
      [own, join(folder, 'kept')].sort(),
    );
  });

  it('of another container are removed only after a day', async () => {
    const folder = await testFolder();
    const [young, old] = [`.tmp-${DEAD_PID}-1-aa`, `.tmp-${DEAD_PID}-1-bb`];
    for (const name of [young, old]) await writeFile(join(folder, name), '');
    const longAgo = new Date(Date.now() - 25 * 3600 * 1000);
    await utimes(join(folder, old), longAgo, longAgo);
    await removeStaleTemporaries(folder);
    expect(await readdir(folder)).toEqual([young]);
  });

  it('left by a crashed writer go with the next write to the folder', async () => {
    const folder = await testFolder();
    await writeFile(join(folder, temporaryPath('').replace(`-${process.pid}-`, `-${DEAD_PID}-`)), 'half');
    await writeFileAtomically(join(folder, 'file'), 'whole');
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('are told from files of users', () => {
    expect(['.tmp-1-2-ff', '.tmp-x', 'tmp-1-2-ff', '.tmp-1-2-zz'].map(isTemporary)).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});
