import { execFile, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createProgramSlot } from '../../execa/create-program-slot.ts';
import { runProgram } from '../../execa/run-program.ts';
import { findProcess } from '../../linux-process.ts';
import type { ProgramRequest } from '../../program-runner.ts';
import { askBitbakeToEnd } from './ask-bitbake-to-end.ts';
import { endBitbake, listBitbake } from './end-bitbake.ts';
import { type BitbakeRole, findBitbakeProcesses } from './find-bitbake-processes.ts';
import { makeRealBitbake, makeStandInBitbake, type TestBitbake } from './test-bitbake.ts';

const signals = {
  ownPid: process.pid,
  send: (pid: number, signal: NodeJS.Signals) => void process.kill(pid, signal),
};
const checkout = process.env.OSREL_TEST_BITBAKE ?? '';

describe('stopping a stand-in for bitbake', () => testStopping(makeStandInBitbake));

describe.skipIf(checkout === '')(
  'stopping bitbake itself (runs where OSREL_TEST_BITBAKE names a checkout)',
  () => testStopping(() => makeRealBitbake(checkout)),
);

function testStopping(make: () => Promise<TestBitbake>): void {
  let bitbake: TestBitbake;
  let folder = '';
  beforeEach(async () => {
    bitbake = await make();
    folder = bitbake.buildDirectory;
  });
  afterEach(async () => {
    await bitbake.put('release');
    await end({ leader: null });
    await bitbake.remove();
  });

  const end = (changes: Partial<Parameters<typeof endBitbake>[0]> = {}) =>
    endBitbake({ buildDirectory: folder, spared: [], leader: null, signals, killAfterMs: 2000, ...changes });

  /** Starts the front end; `pid` is known when the first task runs. */
  async function startBuild(changes: Partial<ProgramRequest> = {}) {
    const [gentle, hard] = [new AbortController(), new AbortController()];
    const lines: string[] = [];
    let pid = 0;
    const ended = runProgram({
      file: bitbake.barys,
      arguments: [],
      workingDirectory: dirname(folder),
      environment: bitbake.environment,
      signal: gentle.signal,
      endNow: hard.signal,
      askToEnd: (leader) => askBitbakeToEnd({ buildDirectory: folder, leader, signals }),
      onStart: (started) => {
        pid = started;
      },
      onLine: (line) => lines.push(line),
      killAfterMs: 2000,
      ...changes,
    });
    // Looked at later: a test that fails before must not also report this.
    ended.catch(() => undefined);
    await bitbake.appears('started');
    return { pid, lines, ended, gentle, hard };
  }

  const roles = async (): Promise<readonly BitbakeRole[]> => [
    ...new Set((await findBitbakeProcesses(folder)).map(({ role }) => role)),
  ];
  const pidOf = async (role: BitbakeRole): Promise<number> => {
    const found = (await findBitbakeProcesses(folder)).find((each) => each.role === role);
    if (found === undefined) throw new Error(`no ${role} runs`);
    return found.pid;
  };
  const isLockFree = () =>
    promisify(execFile)('flock', ['-n', join(folder, 'bitbake.lock'), 'true']).then(
      () => true,
      () => false,
    );

  async function expectNothingLeft(): Promise<void> {
    expect(await findBitbakeProcesses(folder)).toEqual([]);
    expect(await isLockFree()).toBe(true);
  }

  it('finds client, server, worker and tasks, and nothing before and after', async () => {
    expect(await findBitbakeProcesses(folder)).toEqual([]);
    const { ended, pid } = await startBuild();
    expect([...(await roles())].sort()).toEqual(['client', 'server', 'task', 'worker']);
    expect(await isLockFree()).toBe(false);
    await bitbake.put('release');
    expect((await ended).end).toEqual({ kind: 'exited', exitCode: 0 });
    await end({ leader: pid, patienceMs: 10_000 });
    await expectNothingLeft();
  });

  it('lets running tasks finish at the first signal, starts no other task and no other bitbake', async () => {
    const { ended, gentle, lines, pid } = await startBuild();
    gentle.abort();
    // The shell is gone, and its client still works.
    while ((await findProcess(pid)) !== undefined) await promisify(setImmediate)();
    expect(await roles()).toContain('task');
    await bitbake.put('release');
    await expect(ended).rejects.toMatchObject({ code: 'program.stopped' });
    expect(await bitbake.has('finished')).toBe(true);
    expect(await bitbake.has('later')).toBe(false);
    expect(lines.join('\n')).toMatch(/closing down/);
    expect(lines.join('\n')).not.toMatch(/Second Keyboard Interrupt|two/);
    await end({ leader: pid, patienceMs: 10_000 });
    await expectNothingLeft();
  });

  it('ends everything at the second signal', async () => {
    await bitbake.put('stubborn');
    const { ended, gentle, hard, pid } = await startBuild();
    gentle.abort();
    hard.abort();
    await expect(ended).rejects.toMatchObject({ code: 'program.stopped' });
    await end({ leader: pid });
    await expectNothingLeft();
    expect(await bitbake.has('finished')).toBe(false);
    expect(await end({ leader: pid })).toEqual([]);
  });

  it.each(['SIGKILL', 'SIGTERM'] as const)('leaves nothing when the client gets %s', async (signal) => {
    const { ended, pid } = await startBuild({
      file: 'bitbake',
      arguments: ['image'],
      workingDirectory: folder,
    });
    process.kill(await pidOf('client'), signal);
    expect((await ended).end.kind).not.toBe('timed-out');
    await end({ leader: pid });
    await expectNothingLeft();
    expect(await bitbake.has('finished')).toBe(false);
  });

  it('stops tasks whose server and worker were killed', async () => {
    const { ended, pid } = await startBuild({
      file: 'bitbake',
      arguments: ['image'],
      workingDirectory: folder,
    });
    const tasks = (await findBitbakeProcesses(folder)).filter(({ role }) => role === 'task');
    const victims = [await pidOf('server'), await pidOf('worker'), await pidOf('client')];
    for (const victim of victims) process.kill(victim, 'SIGKILL');
    await ended;
    await end({ leader: pid });
    await expectNothingLeft();
    for (const { pid } of tasks) expect(await findProcess(pid)).toBeUndefined();
  });

  it('leaves a server alone that ran before the build, but nothing that it started for the build', async () => {
    const { environment } = bitbake;
    await promisify(execFile)('bitbake', ['--server-only', '-T', '-1'], { cwd: folder, env: environment });
    const server = await pidOf('server');
    const spared = await listBitbake(folder);
    const { ended, pid } = await startBuild({
      file: 'bitbake',
      arguments: ['image'],
      workingDirectory: folder,
    });
    process.kill(await pidOf('client'), 'SIGKILL');
    await ended;
    await end({ spared, leader: pid });
    expect(await pidOf('server')).toBe(server);
    expect(await roles()).toEqual(['server']);
    await end();
    await expectNothingLeft();
  });

  it('ends a build whose osrel was killed, when the next osrel takes its place', async () => {
    const record = join(dirname(folder), 'running.json');
    const child = spawn(bitbake.barys, [], { detached: true, env: bitbake.environment, stdio: 'ignore' });
    await bitbake.appears('started');
    const program = await findProcess(child.pid ?? 0);
    const self = await findProcess(process.pid);
    if (program === undefined || self === undefined) throw new Error('the front end did not start');
    const owner = { ...self, startTicks: self.startTicks - 1 };
    await mkdir(dirname(record), { recursive: true });
    await writeFile(record, JSON.stringify({ owner, program, build: { directory: folder, spared: [] } }));
    const slot = createProgramSlot({
      record,
      folder: dirname(folder),
      signals,
      killAfterMs: 2000,
      endStrays: async ({ directory, spared, leader }) =>
        endBitbake({ buildDirectory: directory, spared, leader, signals, killAfterMs: 2000 }),
    });
    await (await slot.occupy()).leave();
    await expectNothingLeft();
    expect(await bitbake.has('finished')).toBe(false);
  });
}
