import { mkdir, mkdtemp, readdir, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makePrivateFolder, removeLeftFolders } from './private-folder.ts';

let parent: string;
beforeEach(async () => {
  parent = await realpath(await mkdtemp(join(tmpdir(), 'osrel-private-')));
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const uid = () => process.getuid?.() ?? 0;

describe('makePrivateFolder', () => {
  it('makes a folder and files that nobody else can read', async () => {
    const folder = await makePrivateFolder({ parent, root: '/repo', owner: 'me' });
    const file = await folder.write('secret', 'x');
    expect((await stat(folder.path)).mode & 0o777).toBe(0o700);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await folder.remove();
    expect(await readdir(parent)).toEqual([]);
  });

  it('never writes over a file that is there', async () => {
    const folder = await makePrivateFolder({ parent, root: '/repo', owner: 'me' });
    await folder.write('secret', 'x');
    await expect(folder.write('secret', 'y')).rejects.toMatchObject({ code: 'EEXIST' });
  });

  it.each(['', 'tmp'])('refuses a temporary folder in the repository: <root>/%s', async (below) => {
    const options = { parent: join(parent, below), root: parent, owner: 'me' };
    await expect(makePrivateFolder(options)).rejects.toMatchObject({
      code: 'container.private-folder',
      hint: expect.stringContaining('TMPDIR'),
    });
  });
});

describe('removeLeftFolders', () => {
  const remove = () =>
    removeLeftFolders({ parent, callerUid: uid(), isGone: (owner) => owner.startsWith('dead') });

  it('removes the folders of those that are gone only', async () => {
    await makePrivateFolder({ parent, root: '/repo', owner: 'dead:1' });
    const alive = await makePrivateFolder({ parent, root: '/repo', owner: 'alive:2' });
    await remove();
    expect(await readdir(parent)).toEqual([alive.path.slice(parent.length + 1)]);
  });

  it('leaves what has no owner, is a link or a file, or is called otherwise', async () => {
    await mkdir(join(parent, 'osrel-build-none'));
    await mkdir(join(parent, 'other'));
    await writeFile(join(parent, 'other/owner'), 'dead:1');
    await symlink('other', join(parent, 'osrel-build-link'));
    await writeFile(join(parent, 'osrel-build-file'), '');
    await remove();
    expect((await readdir(parent)).sort()).toEqual([
      'osrel-build-file',
      'osrel-build-link',
      'osrel-build-none',
      'other',
    ]);
  });

  it('leaves the folder of another user', async () => {
    await makePrivateFolder({ parent, root: '/repo', owner: 'dead:1' });
    await removeLeftFolders({ parent, callerUid: uid() + 1, isGone: () => true });
    expect(await readdir(parent)).toHaveLength(1);
  });
});
