import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findProcess, isSameProcessRunning, type ProcessIdentity } from '../linux-process.ts';
import { createProgramSlot } from './create-program-slot.ts';

const signals = {
  ownPid: process.pid,
  send: (pid: number, signal: NodeJS.Signals) => void process.kill(pid, signal),
};
let folder = '';
let record = '';
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'osrel-slot-')));
  record = join(folder, '.osrel/running.json');
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  }
  await rm(folder, { recursive: true, force: true });
});

const slot = () => createProgramSlot({ record, folder, signals, killAfterMs: 300 });

/** A process in a group of its own, that is ready when it answers. */
async function startProgram(
  source: string,
  workingDirectory = folder,
  variables: Readonly<Record<string, string>> = {},
): Promise<ProcessIdentity> {
  const script = `console.log('ready'); setInterval(() => {}, 1000); ${source}`;
  const env = { ...process.env, ...variables };
  const child = spawn(process.execPath, ['-e', script], { detached: true, cwd: workingDirectory, env });
  children.push(child);
  await once(child.stdout, 'data');
  const identity = await findProcess(child.pid ?? 0);
  if (identity === undefined) throw new Error('the program did not start');
  return identity;
}

async function writeRecord(owner: ProcessIdentity, program: ProcessIdentity | null): Promise<void> {
  await mkdir(dirname(record), { recursive: true });
  await writeFile(record, JSON.stringify({ owner, program }));
}

/** Like a process that ended long ago: the number may be anybody's now. */
const dead = (identity: ProcessIdentity): ProcessIdentity => ({
  ...identity,
  startTicks: identity.startTicks - 1,
});

async function self(): Promise<ProcessIdentity> {
  const identity = await findProcess(process.pid);
  if (identity === undefined) throw new Error('no /proc here');
  return identity;
}

describe('createProgramSlot', () => {
  it('notes who has the place and which program runs, and removes the note afterwards', async () => {
    const place = await slot().occupy();
    await place.started(process.pid);
    expect(JSON.parse(await readFile(record, 'utf8'))).toEqual({
      owner: await self(),
      program: await self(),
      build: null,
    });
    await place.leave();
    expect(await readdir(dirname(record))).toEqual([]);
  });

  it('lets the next of this process in when the first leaves', async () => {
    const shared = slot();
    const order: string[] = [];
    const first = await shared.occupy();
    const second = shared.occupy().then((place) => {
      order.push('second in');
      return place.leave();
    });
    await first.started(process.pid);
    order.push('first out');
    await first.leave();
    await second;
    expect(order).toEqual(['first out', 'second in']);
  });

  it('refuses while another osrel has the place', async () => {
    const other = await startProgram('');
    await writeRecord(other, null);
    await expect(slot().occupy()).rejects.toMatchObject({
      kind: 'conflict',
      code: 'build.busy',
      message: expect.stringContaining(String(other.pid)),
      retryable: true,
    });
    expect(JSON.parse(await readFile(record, 'utf8'))).toMatchObject({ owner: other });
  });

  it('waits for another osrel where that is wanted, says so once, and takes the place after it', async () => {
    const other = await startProgram('');
    await writeRecord(other, null);
    const told: string[] = [];
    const onWait = (because: string) => {
      told.push(because);
      process.kill(other.pid, 'SIGKILL');
    };
    const place = await slot().occupy({ signal: new AbortController().signal, onWait });
    expect(told).toEqual([expect.stringContaining(`process ${other.pid}`)]);
    expect(JSON.parse(await readFile(record, 'utf8'))).toMatchObject({ owner: await self() });
    await place.leave();
  });

  it('stops waiting when it is told to, and leaves the place to the other', async () => {
    const other = await startProgram('');
    await writeRecord(other, null);
    const controller = new AbortController();
    const onWait = () => controller.abort(new Error('enough'));
    await expect(slot().occupy({ signal: controller.signal, onWait })).rejects.toThrow('enough');
    expect(JSON.parse(await readFile(record, 'utf8'))).toMatchObject({ owner: other });
  });

  it('stops the program of an osrel that died, also one that ignores SIGTERM, and takes the place', async () => {
    const orphan = await startProgram("process.on('SIGTERM', () => {});");
    await writeRecord(dead(await self()), orphan);
    const place = await slot().occupy();
    expect(await isSameProcessRunning(orphan)).toBe(false);
    await place.leave();
  });

  it('stops a program that was not noted yet when its osrel died', async () => {
    const owner = await self();
    const place = await slot().occupy();
    const variables = Object.entries(place.environment).map(([name, value]) => {
      return [name, value.replace(`:${owner.startTicks}:`, `:${dead(owner).startTicks}:`)];
    });
    const orphan = await startProgram('', folder, Object.fromEntries(variables));
    const stranger = await startProgram('', folder, place.environment);
    await writeRecord(dead(owner), null);
    await (await slot().occupy()).leave();
    expect(await isSameProcessRunning(orphan)).toBe(false);
    expect(await isSameProcessRunning(stranger)).toBe(true);
  });

  it('stops a child of the program that outlived it', async () => {
    const script = "process.on('SIGTERM', () => {}); console.log(process.pid); setInterval(() => {}, 1000)";
    const leaderScript = `const c = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(script)}]); c.stdout.once('data', (t) => { console.log(String(t)); process.stdin.once('data', () => process.exit()); });`;
    const leader = spawn(process.execPath, ['-e', leaderScript], { detached: true, cwd: folder });
    children.push(leader);
    const [text] = await once(leader.stdout, 'data');
    const [group, child] = await Promise.all([findProcess(leader.pid ?? 0), findProcess(Number(text))]);
    if (group === undefined || child === undefined) throw new Error('the programs did not start');
    leader.stdin.write('go');
    await once(leader, 'exit');
    expect(await isSameProcessRunning(child)).toBe(true);
    await writeRecord(dead(await self()), group);
    await (await slot().occupy()).leave();
    expect(await isSameProcessRunning(child)).toBe(false);
  });

  it('leaves alone a process that only got the number of the orphan, and one that works elsewhere', async () => {
    const elsewhere = await startProgram('', tmpdir());
    await writeRecord(dead(await self()), elsewhere);
    await (await slot().occupy()).leave();
    expect(await isSameProcessRunning(elsewhere)).toBe(true);
    const later = await startProgram('');
    await writeRecord(dead(await self()), { ...later, startTicks: later.startTicks + 1 });
    await (await slot().occupy()).leave();
    expect(await isSameProcessRunning(later)).toBe(true);
  });

  it('takes nothing from before the machine was started for running', async () => {
    const program = await startProgram('');
    const bootId = 'another-boot';
    await writeRecord({ ...(await self()), bootId }, { ...program, bootId });
    await (await slot().occupy()).leave();
    expect(await isSameProcessRunning(program)).toBe(true);
  });

  it('does not guess about a record that it cannot read', async () => {
    await mkdir(dirname(record), { recursive: true });
    await writeFile(record, '{"owner":');
    await expect(slot().occupy()).rejects.toMatchObject({
      kind: 'integrity',
      hint: expect.stringContaining(record),
    });
  });
});
