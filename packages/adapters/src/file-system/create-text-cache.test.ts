import { chmod, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTextCache } from './create-text-cache.ts';

const KEY = 'a'.repeat(64);

describe('the text cache', () => {
  it('finds what was kept, also by another process', async () => {
    const folder = join(await mkdtemp(join(tmpdir(), 'osrel-cache-')), 'deep', 'folder');
    await createTextCache({ folder }).keep(KEY, 'text');
    expect(await createTextCache({ folder }).find(KEY)).toBe('text');
    expect(await createTextCache({ folder }).find('b'.repeat(64))).toBeUndefined();
  });

  it('goes on where nothing can be kept', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'osrel-cache-'));
    await writeFile(join(parent, 'file'), 'in the way');
    await chmod(parent, 0o755);
    const cache = createTextCache({ folder: join(parent, 'file') });
    await cache.keep(KEY, 'text');
    expect(await createTextCache({ folder: join(parent, 'other') }).find(KEY)).toBeUndefined();
  });

  it('takes no path for a key', () => {
    expect(() => createTextCache({ folder: '/tmp' }).find('../../etc/passwd')).toThrow('no digest');
  });
});
