import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findArchiveDefect } from './docker-archive.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'osrel-archive-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function archive(...names: string[]): Promise<string> {
  for (const name of names) await writeFile(join(folder, name), name.repeat(1000));
  execFileSync('tar', ['--create', '--file', 'image.docker', ...names], { cwd: folder });
  return join(folder, 'image.docker');
}

describe('findArchiveDefect', () => {
  it('finds nothing wrong with a tar file that has a manifest, wherever it stands', async () => {
    expect(await findArchiveDefect(await archive('layer.tar', 'manifest.json'))).toBeUndefined();
    expect(await findArchiveDefect(await archive('manifest.json', 'layer.tar'))).toBeUndefined();
    expect(await findArchiveDefect(await archive('./manifest.json'))).toBeUndefined();
  });

  it('misses the manifest', async () => {
    expect(await findArchiveDefect(await archive('layer.tar'))).toBe('it has no manifest.json');
  });

  it('finds an archive that is cut off in an entry', async () => {
    const path = await archive('manifest.json', 'layer.tar');
    await truncate(path, (await readFile(path)).indexOf('layer.tarlayer') + 100);
    expect(await findArchiveDefect(path)).toBe('it ends in the middle of an entry');
  });

  it('finds files that are no tar file', async () => {
    const path = join(folder, 'other');
    await writeFile(path, 'x'.repeat(2000));
    expect(await findArchiveDefect(path)).toBe('it is no tar file');
    await writeFile(path, 'short');
    expect(await findArchiveDefect(path)).toBe('it ends in the middle of an entry');
    await writeFile(path, '');
    expect(await findArchiveDefect(path)).toBe('it has no manifest.json');
  });

  it('finds a damaged header', async () => {
    const path = await archive('layer.tar', 'manifest.json');
    const bytes = await readFile(path);
    const second = bytes.indexOf('manifest.json');
    bytes[second] = 0x58;
    await writeFile(path, bytes);
    expect(await findArchiveDefect(path)).toBe(`it is damaged at byte ${second}`);
  });
});
