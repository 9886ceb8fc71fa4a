import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSystemClock } from '../../packages/adapters/src/file-system/create-system-clock.ts';
import { ownIdentity } from '../../packages/adapters/src/file-system/process-identity.ts';
import type { RigWish } from '../../packages/adapters/src/leviathan/leviathan-parts.ts';
import { wireRigs } from '../../packages/adapters/src/wire-rigs.ts';
import { createWatcher, leaseBookIn, setRigStage, wishFor } from './leviathan-rig-stage.ts';

const PROJECT = 'osrel-a1-os';
const IN_PROJECT: Partial<RigWish> = { core: { url: 'http://127.0.0.1:2000', project: PROJECT } };

/** A repository in which one osrel after another works. */
async function setRepository() {
  const root = await mkdtemp(join(tmpdir(), 'osrel-killed-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const folder = join(root, '.osrel/cache/leases');
  const children: ChildProcess[] = [];
  const limits = { testbot: null, qemu: null, local: null };
  const { recover } = wireRigs({ root, clock: createSystemClock(), limits });
  onTestFinished(() => children.forEach((child) => void child.kill('SIGKILL')));
  return {
    folder,
    /** An osrel that takes a rig. */
    start: (wish: RigWish) => {
      const script = join(import.meta.dirname, 'leviathan-rig-holder.ts');
      const child = spawn(process.execPath, [script, JSON.stringify(wish), root], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      children.push(child);
      return { child, lines: createInterface({ input: child.stdout }) };
    },
    /** The next start of osrel, with what it says and does. */
    recover: async (removeProject: (project: string) => Promise<void> = async () => undefined) => {
      const { lines, onLine, signal } = createWatcher();
      const done: string[] = [];
      await recover({
        removeProject: async (project) => {
          done.push(`remove ${project}`);
          await removeProject(project);
        },
        onLine,
        signal,
      });
      return { lines, done, left: await listFolder(folder) };
    },
    /** Makes the only lease look as if the rig was heard of that long ago. */
    age: async (ms: number) => {
      const [name = ''] = await listFolder(folder);
      const time = new Date(Date.now() - ms);
      await utimes(join(folder, name), time, time);
    },
    /** Changes the only lease. */
    rewrite: async (change: (lease: Record<string, unknown>) => unknown) => {
      const path = join(folder, (await listFolder(folder))[0] ?? '');
      await writeFile(path, JSON.stringify(change(JSON.parse(await readFile(path, 'utf8')))));
    },
  };
}

async function listFolder(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => !name.startsWith('.'));
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** A rig, and an osrel that had it and was killed: a process with this id, but not this process. */
async function setKilled(change: Partial<RigWish> = {}) {
  const stage = await setRigStage();
  const repository = await setRepository();
  const rig = await stage.rig();
  const dead = { ...ownIdentity(), startTicks: '1' };
  const leases = leaseBookIn(repository.folder, stage.clock, dead);
  await stage.pool({ leases }).take(wishFor([rig], change), createWatcher());
  return { rig, repository };
}

/** The same with a process that is really killed. */
async function setReallyKilled(change: Partial<RigWish> = {}) {
  const stage = await setRigStage();
  const repository = await setRepository();
  const rig = await stage.rig();
  const { child, lines } = repository.start(wishFor([rig], change));
  await once(lines, 'line');
  await kill(child);
  expect(rig.state()).toBe('BUSY');
  return { rig, repository };
}

describe('the start after an osrel that was killed', () => {
  it('frees its rig, removes its core, and says both', async () => {
    const { rig, repository } = await setReallyKilled(IN_PROJECT);

    const { lines, done, left } = await repository.recover();

    expect(done).toEqual([`remove ${PROJECT}`]);
    expect(lines).toEqual([
      `removed compose project ${PROJECT}, which an osrel that was killed had left`,
      `freed rig ${rig.url}, which an osrel that was killed had left (os on raspberrypi4-64)`,
    ]);
    expect([rig.state(), rig.teardowns, left]).toEqual(['IDLE', 1, []]);
  });

  it('leaves a core alone that ran before: it may work for somebody else', async () => {
    const { rig, repository } = await setKilled();
    const { done, left } = await repository.recover();
    expect([done, rig.state(), left]).toEqual([[], 'IDLE', []]);
  });

  it('frees a rig once, however many start at the same time', async () => {
    const { rig, repository } = await setKilled(IN_PROJECT);
    const all = await Promise.all([repository.recover(), repository.recover(), repository.recover()]);
    expect(all.flatMap(({ done }) => done)).toHaveLength(1);
    expect(rig.teardowns).toBe(1);
  });

  it('does not tear down a rig that it may only have asked for', async () => {
    const stage = await setRigStage();
    const repository = await setRepository();
    const rig = await stage.rig();
    rig.fail({ path: /start/, fault: { kind: 'silence-after-doing' } });
    const { child } = repository.start(wishFor([rig]));
    await rig.until(() => rig.starts === 1);
    await kill(child);

    const first = await repository.recover();
    expect(first.lines.join()).toContain('it frees itself within five minutes');
    expect([rig.teardowns, first.left.length]).toEqual([0, 1]);
    rig.expireHeartbeat();
    const second = await repository.recover();

    expect([rig.teardowns, second.left]).toEqual([0, []]);
  });

  it('forgets a rig that it asked for more than five minutes ago, whoever has it now', async () => {
    const { rig, repository } = await setKilled();
    await repository.rewrite((lease) => ({ ...lease, state: 'asking' }));
    await repository.age(320_000);
    const { left } = await repository.recover();
    expect([rig.teardowns, left]).toEqual([0, []]);
  });

  it.each([
    ['five minutes after its last heartbeat', 300_000, 1],
    ['just before that, for the clocks may differ', 290_000, 1],
    ['long after', 3_600_000, 0],
    ['when the clock was set back', -60_000, 1],
  ])('tears down no rig %s: it may be another’s', async (_, ageMs, left) => {
    const { rig, repository } = await setKilled();
    await repository.age(ageMs);
    const recovered = await repository.recover();
    expect([rig.teardowns, rig.state(), recovered.left.length]).toEqual([0, 'BUSY', left]);
  });

  it('forgets a rig that is free already', async () => {
    const { rig, repository } = await setKilled();
    rig.expireHeartbeat();
    const { lines, left } = await repository.recover();
    expect([rig.teardowns, lines, left]).toEqual([0, [], []]);
  });

  it('says that a rig does not answer, and forgets it when it has freed itself', async () => {
    const { rig, repository } = await setKilled();
    await rig.kill();
    const first = await repository.recover();
    expect(first.lines[0]).toMatch(/does not answer.*it frees itself within five minutes/);
    expect(first.left).toHaveLength(1);
    await repository.age(320_000);
    const second = await repository.recover();
    expect([second.lines, second.left]).toEqual([[], []]);
  });

  it('tries a core again at the next start that could not be removed', async () => {
    const { rig, repository } = await setKilled(IN_PROJECT);
    const first = await repository.recover(() => Promise.reject(new Error('docker is not there')));
    expect(first.lines[0]).toBe(
      `compose project ${PROJECT} of an osrel that was killed could not be removed: docker is not there`,
    );
    expect([rig.state(), first.left.length]).toEqual(['IDLE', 1]);
    const second = await repository.recover();
    expect([second.done.at(-1), second.left]).toEqual([`remove ${PROJECT}`, []]);
  });

  it('asks nothing of a rig that was a part of the project: at its port another may listen', async () => {
    const { rig, repository } = await setKilled({ ...IN_PROJECT, kind: 'qemu' });
    const asked = rig.requests.length;
    const { done, left } = await repository.recover();
    expect([done, left, rig.requests.length]).toEqual([[`remove ${PROJECT}`], [], asked]);
  });

  it('leaves the rig of an osrel alone that lives', async () => {
    const stage = await setRigStage();
    const repository = await setRepository();
    const rig = await stage.rig();
    const { child, lines } = repository.start(wishFor([rig], IN_PROJECT));
    await once(lines, 'line');
    const { done, left } = await repository.recover();
    expect([done, rig.state(), left.length]).toEqual([[], 'BUSY', 1]);
    await kill(child);
  });

  it('leaves an osrel of another machine alone as long as its heartbeats may go on', async () => {
    const { rig, repository } = await setKilled(IN_PROJECT);
    await repository.rewrite((lease) => ({
      ...lease,
      owner: { ...(lease.owner as object), host: 'elsewhere' },
    }));
    const first = await repository.recover();
    expect([first.done, rig.state(), first.left.length]).toEqual([[], 'BUSY', 1]);
    await repository.age(320_000);
    const second = await repository.recover();
    expect([rig.teardowns, second.done.length, second.left]).toEqual([0, 1, []]);
  });

  it('says so when a lease cannot be read, and touches nothing', async () => {
    const { rig, repository } = await setKilled();
    await repository.rewrite(() => ({ schemaVersion: 9 }));
    const { lines, left } = await repository.recover();
    expect(lines[0]).toContain('is no lease of a rig that this osrel can read');
    expect([rig.teardowns, left.length]).toEqual([0, 1]);
  });
});
