import { chmod, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTextCache } from './create-text-cache.ts';

const KEY = 'a'.repeat(64);

describe('the text cache', () => {
  it('finds what was kept, also by another process', async () => {
    const where = { home: await mkdtemp(join(tmpdir(), 'osrel-cache-')), folder: 'deep/folder' };
    await createTextCache(where).keep(KEY, 'text');
    expect(await createTextCache(where).find(KEY)).toBe('text');
    expect(await createTextCache(where).find('b'.repeat(64))).toBeUndefined();
  });

  it('goes on where nothing can be kept', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'osrel-cache-'));
    await writeFile(join(parent, 'file'), 'in the way');
    await chmod(parent, 0o755);
    for (const [home, folder] of [
      [parent, 'file'],
      [join(parent, 'file'), 'cache'],
      [join(parent, 'missing'), 'cache'],
      ['/proc/missing', 'cache'],
    ] as const) {
      const cache = createTextCache({ home, folder });
      await cache.keep(KEY, 'text');
      expect(await cache.find(KEY)).toBeUndefined();
    }
  });

  it('takes no path for a key', () => {
    expect(() => createTextCache({ home: '/tmp', folder: 'x' }).find('../../etc/passwd')).toThrow(
      'no digest',
    );
  });
});
