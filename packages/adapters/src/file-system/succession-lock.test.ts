import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findHolder, tryLock } from './succession-lock.ts';
import { testFolder } from './test-folder.ts';

const claim = (runId: string) => ({ name: 'release', runId, since: '2026-11-21T04:00:00.000Z' });

/** A lock whose holder is gone. */
async function abandonedLock() {
  const folder = await testFolder();
  const path = join(folder, 'release.lock');
  await tryLock(path, claim('dead'));
  const record = JSON.parse(await readFile(path, 'utf8'));
  await writeFile(path, JSON.stringify({ ...record, owner: { ...record.owner, startTicks: '1' } }));
  return { folder, path };
}

describe('succession of a lock', () => {
  it('stops a contender who judged the dead holder before somebody else took over', async () => {
    const { path } = await abandonedLock();
    const late = await tryLock(path, claim('late'), async () => {
      if ((await findHolder(path)) === undefined) await tryLock(path, claim('quick'));
    });
    expect(late).toMatchObject({ kind: 'taken', by: { runId: 'quick' } });
    expect(await findHolder(path)).toMatchObject({ runId: 'quick' });
  });

  it('stops a contender who found the lock free before somebody else took it', async () => {
    const path = join(await testFolder(), 'release.lock');
    const late = await tryLock(path, claim('late'), async () => {
      if ((await findHolder(path)) === undefined) await tryLock(path, claim('quick'));
    });
    expect(late).toMatchObject({ kind: 'taken', by: { runId: 'quick' } });
  });

  it('lets a late contender in when the quick one took over and let go meanwhile, and tells everybody', async () => {
    const { folder, path } = await abandonedLock();
    let meanwhile = 0;
    const late = await tryLock(path, claim('late'), async () => {
      meanwhile += 1;
      if (meanwhile > 1) return;
      const quick = await tryLock(path, claim('quick'));
      if (quick.kind === 'held') await quick.release();
    });
    expect(late.kind).toBe('held');
    expect(await findHolder(path)).toMatchObject({ runId: 'late' });
    if (late.kind === 'held') await late.release();
    expect(await findHolder(path)).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
  });

  it('does not let go of the next holder when it is released twice', async () => {
    const path = join(await testFolder(), 'release.lock');
    const first = await tryLock(path, claim('first'));
    if (first.kind === 'held') await first.release();
    await tryLock(path, claim('second'));
    if (first.kind === 'held') await first.release();
    expect(await findHolder(path)).toMatchObject({ runId: 'second' });
  });
});
