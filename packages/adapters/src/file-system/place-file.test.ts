import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findSourceDefect, linkOrCopy, placeFile } from './place-file.ts';
import { testFolder } from './test-folder.ts';

/** A folder on another file system than the temporary folder; undefined where there is none. */
const elsewhere = await (async () => {
  try {
    const folder = await mkdtemp('/dev/shm/osrel-place-');
    await rm(folder, { recursive: true });
    const [memory, here] = await Promise.all([stat('/dev/shm'), stat(tmpdir())]);
    return memory.dev === here.dev ? undefined : '/dev/shm';
  } catch {
    return undefined;
  }
})();

async function source(content: string): Promise<string> {
  const path = join(await testFolder(), 'source');
  await writeFile(path, content);
  return path;
}

describe('placing a file', () => {
  it('links it on the same file system, and says so', async () => {
    const path = await source('bytes');
    const target = join(await testFolder(), 'target');
    expect(await linkOrCopy(path, target)).toBe('linked');
    expect((await stat(target)).ino).toBe((await stat(path)).ino);
  });

  it.skipIf(elsewhere === undefined)(
    'copies it to another file system, and says so (skipped without a second one)',
    async () => {
      const folder = await mkdtemp(`${elsewhere}/osrel-place-`);
      try {
        const placed = await linkOrCopy(await source('bytes'), join(folder, 'target'));
        expect(placed).toBe('copied');
        expect(await readFile(join(folder, 'target'), 'utf8')).toBe('bytes');
        expect(await readdir(folder)).toEqual(['target']);
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  );

  it('makes a zip file of several, with size and digest', async () => {
    const directory = await testFolder();
    const files = [{ path: 'a', source: await source('1') }];
    const placed = await placeFile({ kind: 'zip', name: 'x.zip', files }, { directory });
    expect(placed).toMatchObject({
      name: 'x.zip',
      sizeBytes: (await stat(join(directory, 'x.zip'))).size,
      placement: 'written',
      droppedLinks: 0,
    });
  });

  it('names the first missing source of a zip file', async () => {
    const path = await source('1');
    const files = [
      { path: 'a', source: path },
      { path: 'b', source: '/not/there' },
    ];
    expect(await findSourceDefect({ kind: 'zip', name: 'x.zip', files })).toBe(
      '/not/there does not exist or is no file',
    );
    expect(await findSourceDefect({ kind: 'zip', name: 'x.zip', files: files.slice(0, 1) })).toBeUndefined();
  });
});
