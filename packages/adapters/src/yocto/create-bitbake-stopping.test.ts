import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../execa/run-program.ts';
import { createBitbakeStopping } from './create-bitbake-stopping.ts';
import { endBitbake } from './stop/end-bitbake.ts';
import { findBitbakeProcesses } from './stop/find-bitbake-processes.ts';
import { makeStandInBitbake, type TestBitbake } from './stop/test-bitbake.ts';

const sent: string[] = [];
const signals = {
  ownPid: process.pid,
  send: (pid: number, signal: NodeJS.Signals) => {
    sent.push(signal);
    process.kill(pid, signal);
  },
};

let bitbake: TestBitbake;
let folder = '';
let stopping = createBitbakeStopping({ signals });
beforeEach(async () => {
  sent.length = 0;
  bitbake = await makeStandInBitbake();
  folder = bitbake.buildDirectory;
  stopping = createBitbakeStopping({ signals, killAfterMs: 2000 });
});
afterEach(async () => {
  await bitbake.put('release');
  await endBitbake({ buildDirectory: folder, spared: [], leader: null, signals, killAfterMs: 2000 });
  await bitbake.remove();
});

async function startBuild() {
  const gentle = new AbortController();
  const ended = runProgram({
    file: bitbake.barys,
    arguments: [],
    workingDirectory: dirname(folder),
    environment: bitbake.environment,
    signal: gentle.signal,
    endNow: new AbortController().signal,
    askToEnd: (pid) => stopping.askToEnd(folder, pid),
    onStart: (pid) => stopping.started(folder, pid),
    onLine: () => undefined,
    killAfterMs: 2000,
  });
  ended.catch(() => undefined); // looked at later
  await bitbake.appears('started');
  return { ended, gentle };
}

const roles = async () => (await findBitbakeProcesses(folder)).map(({ role }) => role);

describe('createBitbakeStopping', () => {
  it('notes a folder in which nothing works yet', async () => {
    expect(await stopping.note(folder)).toEqual({ directory: folder, spared: [] });
  });

  it('ends nothing where no build was noted', async () => {
    const { ended } = await startBuild();
    await stopping.end(folder);
    expect(sent).toEqual([]);
    expect(await roles()).toContain('client');
    await bitbake.put('release');
    await ended;
  });

  it('asks a build to end after its running tasks', async () => {
    await stopping.note(folder);
    const { ended, gentle } = await startBuild();
    gentle.abort();
    await bitbake.appears('stop');
    await bitbake.put('release');
    await expect(ended).rejects.toMatchObject({ code: 'program.stopped' });
    expect(await bitbake.has('finished')).toBe(true);
    expect(await bitbake.has('later')).toBe(false);
    await stopping.end(folder);
    expect(await roles()).toEqual([]);
  });

  it('spares what worked on the folder before the build was noted', async () => {
    const { ended } = await startBuild(); // somebody else's
    const { spared } = await stopping.note(folder);
    expect(spared.length).toBeGreaterThan(0);
    await stopping.end(folder);
    expect(sent).toEqual([]);
    await bitbake.put('release');
    expect((await ended).end).toEqual({ kind: 'exited', exitCode: 0 });
  });

  it('forgets a build that it ended', async () => {
    await stopping.note(folder);
    await stopping.end(folder);
    const { ended } = await startBuild();
    await stopping.end(folder);
    expect(sent).toEqual([]);
    await bitbake.put('release');
    await ended;
  });
});
