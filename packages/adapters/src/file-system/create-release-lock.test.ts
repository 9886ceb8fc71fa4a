import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createReleaseLock } from './create-release-lock.ts';
import { ownIdentity } from './process-identity.ts';
import { testFolder } from './test-folder.ts';
import { runTestProcess, startTestProcess } from './test-process.ts';

const NAME = 'local--raspberrypi4-64--6.5.1';
const clock = { now: () => '2026-11-21T04:00:00.000Z', sleep: async () => {} };

async function lockFolder() {
  const folder = await testFolder();
  return { folder, lock: createReleaseLock({ folder, clock }) };
}

/** Rewrites who holds the lock. */
async function pretendOwner(folder: string, change: object): Promise<void> {
  const path = join(folder, `${NAME}.lock`);
  const record = JSON.parse(await readFile(path, 'utf8'));
  await writeFile(path, JSON.stringify({ ...record, owner: { ...record.owner, ...change } }));
}

const script = (folder: string, body: string) => `
  const { createReleaseLock } = await load('create-release-lock');
  const lock = createReleaseLock({ folder: ${JSON.stringify(folder)}, clock: { now: () => '2026-11-21T03:00:00.000Z' } });
  ${body}`;

describe('the release lock', () => {
  it('is held until it is released, and then free without a trace', async () => {
    const { folder, lock } = await lockFolder();
    const held = await lock.acquire(NAME, 'run-1');
    expect(await lock.findOwner(NAME)).toMatchObject({
      pid: process.pid,
      runId: 'run-1',
      since: clock.now(),
    });
    expect(await lock.listOwners()).toHaveLength(1);
    await held.release();
    expect(await lock.findOwner(NAME)).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
  });

  it('names owner, age and the next move when another process holds it', async () => {
    const { folder, lock } = await lockFolder();
    const { child, lines } = startTestProcess(
      script(folder, `await lock.acquire('${NAME}', 'run-1'); console.log('held'); process.stdin.resume();`),
    );
    for await (const line of lines) if (line === 'held') break;
    const refused = await lock.acquire(NAME, 'run-2').catch((error) => error);
    expect(refused).toMatchObject({
      kind: 'conflict',
      code: 'lock.held',
      details: { pid: child.pid, runId: 'run-1' },
    });
    expect(refused.message).toContain('run run-1');
    expect(refused.message).toContain('1 h 0 min');
    expect(refused.hint).toContain('osrel runs');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const taken = await lock.acquire(NAME, 'run-3');
    expect(await lock.findOwner(NAME)).toMatchObject({ pid: process.pid, runId: 'run-3' });
    await taken.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('is taken over when the process id belongs to a later process now', async () => {
    const { folder, lock } = await lockFolder();
    await lock.acquire(NAME, 'run-1');
    await pretendOwner(folder, { startTicks: '1' });
    expect(await lock.findOwner(NAME)).toBeUndefined();
    await lock.acquire(NAME, 'run-2');
    expect(await lock.findOwner(NAME)).toMatchObject({ runId: 'run-2' });
  });

  it('is taken over after a reboot', async () => {
    const { folder, lock } = await lockFolder();
    await lock.acquire(NAME, 'run-1');
    await pretendOwner(folder, { bootId: 'another' });
    expect(await lock.findOwner(NAME)).toBeUndefined();
  });

  it.each([{ host: 'elsewhere' }, { pidNamespace: '1' }])(
    'is not taken from %j, whose process nobody here can see',
    async (owner) => {
      const { folder, lock } = await lockFolder();
      await lock.acquire(NAME, 'run-1');
      await pretendOwner(folder, owner);
      await expect(lock.acquire(NAME, 'run-2')).rejects.toMatchObject({ code: 'lock.held' });
    },
  );

  it('passes from one dead holder to the next, and back to free', async () => {
    const { folder, lock } = await lockFolder();
    for (const runId of ['run-1', 'run-2']) {
      await runTestProcess(script(folder, `await lock.acquire('${NAME}', '${runId}'); process.exit(0);`));
    }
    expect(await lock.findOwner(NAME)).toBeUndefined();
    const held = await lock.acquire(NAME, 'run-3');
    await held.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('goes to exactly one of many who compete for a dead holder', async () => {
    const { folder, lock } = await lockFolder();
    await lock.acquire(NAME, 'dead');
    await pretendOwner(folder, { startTicks: '1' });
    const settled = await Promise.allSettled(
      Array.from({ length: 12 }, (_, index) => lock.acquire(NAME, `run-${index}`)),
    );
    const winners = settled.flatMap(({ status }, index) => (status === 'fulfilled' ? [`run-${index}`] : []));
    expect(winners).toHaveLength(1);
    expect((await lock.findOwner(NAME))?.runId).toBe(winners[0]);
  });

  it('does not keep one release from another', async () => {
    const { lock } = await lockFolder();
    await lock.acquire(NAME, 'run-1');
    await lock.acquire('a/b ../c', 'run-2');
    expect((await lock.listOwners()).map(({ runId }) => runId).sort()).toEqual(['run-1', 'run-2']);
  });

  it('knows this process by its start, not by its id alone', () => {
    expect(ownIdentity().startTicks).toMatch(/^[0-9]+$/);
    expect(ownIdentity()).toEqual(ownIdentity());
  });
});
