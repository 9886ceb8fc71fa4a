import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rigFailed } from '@osrel/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProgramRequest } from '../program-runner.ts';
import { runProgram } from './run-program.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'osrel-program-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function program(source: string, changes: Partial<ProgramRequest> = {}) {
  const script = join(folder, 'program.mjs');
  await writeFile(script, source);
  const lines: string[] = [];
  const request: ProgramRequest = {
    file: process.execPath,
    arguments: [script],
    workingDirectory: folder,
    environment: {},
    signal: new AbortController().signal,
    onLine: (line, stream) => lines.push(`${stream}: ${line}`),
    killAfterMs: 300,
    ...changes,
  };
  return { request, lines };
}

/** Whether the process still runs; one that ended but was not yet collected counts as ended. */
async function isRunning(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return status !== '' && !/\) Z /.test(status);
}

// A program that starts a child of its own, which ignores SIGTERM and holds the output open.
const STUBBORN_TREE = `
import { spawn } from 'node:child_process';
const child = spawn(process.execPath, ['-e', "process.on('SIGTERM', () => {}); console.log('child ' + process.pid); setInterval(() => {}, 1000)"], { stdio: 'inherit' });
setInterval(() => {}, 1000);
`;

it('gives whole lines at once to who wants them so, and none of them singly', async () => {
  let text = '';
  const { request, lines } = await program("console.log('a\\nb'); process.stdout.write('c');", {
    onLines: (each, stream) => {
      expect(each.endsWith('\n')).toBe(true);
      text += `${stream}: ${each}`;
    },
  });
  await runProgram(request);
  expect(text.replaceAll('stdout: ', '')).toBe('a\nb\nc\n');
  expect(lines).toEqual([]);
});

describe('runProgram', () => {
  it('hands over the lines of both streams and the exit code', async () => {
    const { request, lines } = await program(`
      process.stdout.write('one\\ntwo\\r\\n50%\\r100%\\nlast');
      process.stderr.write('trouble\\n');
      process.exitCode = 3;
    `);
    const outcome = await runProgram(request);
    expect(outcome.end).toEqual({ kind: 'exited', exitCode: 3 });
    expect(lines.filter((line) => line.startsWith('stdout'))).toEqual([
      'stdout: one',
      'stdout: two',
      'stdout: 50%',
      'stdout: 100%',
      'stdout: last',
    ]);
    expect(lines).toContain('stderr: trouble');
  });

  it('passes arguments literally, because there is no shell', async () => {
    const { request, lines } = await program('console.log(JSON.stringify(process.argv.slice(2)));');
    const hostile = ['$(touch hacked)', '; rm -rf x', '`id`', '', "it's", '*'];
    await runProgram({ ...request, arguments: [...request.arguments, ...hostile] });
    expect(lines).toEqual([`stdout: ${JSON.stringify(hostile)}`]);
  });

  it('gives the program exactly the environment that was named', async () => {
    const { request, lines } = await program('console.log(Object.keys(process.env).join());');
    await runProgram({ ...request, environment: { MACHINE: 'qemu' } });
    expect(lines).toEqual(['stdout: MACHINE']);
  });

  it('keeps stdout uncut up to the limit and says when there was more', async () => {
    const { request } = await program(
      "process.stdout.write('x'.repeat(20000)); process.stderr.write('noise')",
    );
    const whole = await runProgram({ ...request, keepStdout: 30_000 });
    expect([whole.stdout.length, whole.stdoutWasCut]).toEqual([20_000, false]);
    const part = await runProgram({ ...request, keepStdout: 100 });
    expect([part.stdout.length, part.stdoutWasCut]).toEqual([100, true]);
  });

  it('stops the whole process tree when the signal aborts, also a child that ignores SIGTERM', async () => {
    const controller = new AbortController();
    let child = 0;
    const { request } = await program(STUBBORN_TREE, {
      signal: controller.signal,
      onLine: (line) => {
        child = Number(line.replace('child ', ''));
        controller.abort();
      },
    });
    await expect(runProgram(request)).rejects.toMatchObject({ kind: 'cancelled', code: 'program.stopped' });
    expect(child).toBeGreaterThan(0);
    expect(await isRunning(child)).toBe(false);
  });

  it('throws the reason of the abort when that is an error of osrel', async () => {
    const reason = rigFailed('step.timed-out', 'too late');
    const { request } = await program('setInterval(() => {}, 1000)');
    await expect(runProgram({ ...request, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('ends a program whose time is over and says so', async () => {
    const { request } = await program('setInterval(() => {}, 1000)', { timeoutMs: 50 });
    expect((await runProgram(request)).end).toEqual({ kind: 'timed-out' });
  });

  it('says which signal killed a program that nobody asked to stop', async () => {
    const { request } = await program("process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000)");
    expect((await runProgram(request)).end).toEqual({ kind: 'killed', signalName: 'SIGKILL' });
  });

  it('tells the process group it runs in', async () => {
    const pids: number[] = [];
    const { request, lines } = await program('console.log(process.pid)');
    await runProgram({ ...request, onStart: (pid) => void pids.push(pid) });
    expect(lines).toEqual(pids.map((pid) => `stdout: ${pid}`));
    expect(pids).toHaveLength(1);
  });

  it('stops the program and throws when a line cannot be taken', async () => {
    const full = new Error('disk full');
    const { request } = await program("console.log('line'); setInterval(() => {}, 1000)");
    const refuse = (): never => {
      throw full;
    };
    await expect(runProgram({ ...request, onLine: refuse })).rejects.toBe(full);
  });

  it('only asks a program to end that can be asked, and waits for what it does then', async () => {
    const controller = new AbortController();
    const asked: number[] = [];
    const { request, lines } = await program(
      `process.on('SIGUSR2', () => setTimeout(() => { console.log('finished'); process.exit(); }, 400));
       process.on('SIGTERM', () => console.log('terminated'));
       console.log(process.pid); setInterval(() => {}, 1000);`,
      { signal: controller.signal, killAfterMs: 50 },
    );
    const ended = runProgram({
      ...request,
      askToEnd: async (pid) => {
        asked.push(pid);
        process.kill(pid, 'SIGUSR2');
      },
      onLine: (line, stream) => {
        request.onLine(line, stream);
        controller.abort();
      },
    });
    await expect(ended).rejects.toMatchObject({ kind: 'cancelled', code: 'program.stopped' });
    expect(asked).toHaveLength(1);
    expect(lines).toEqual([`stdout: ${asked[0]}`, 'stdout: finished']);
  });

  it('waits for a descendant of a program that was asked to end', async () => {
    const controller = new AbortController();
    const note = join(folder, 'done');
    const later = `setTimeout(() => require('node:fs').writeFileSync(${JSON.stringify(note)}, 'x'), 300)`;
    const { request } = await program(
      `import { spawn } from 'node:child_process';
       spawn(process.execPath, ['-e', ${JSON.stringify(later)}], { stdio: 'ignore' });
       console.log('ready'); setInterval(() => {}, 1000);`,
      { signal: controller.signal, killAfterMs: 50, onLine: () => controller.abort() },
    );
    const ended = runProgram({ ...request, askToEnd: async (pid) => void process.kill(pid, 'SIGKILL') });
    await expect(ended).rejects.toMatchObject({ code: 'program.stopped' });
    expect(await readFile(note, 'utf8')).toBe('x');
  });

  it('ends the whole process tree when asking was not enough', async () => {
    const [controller, hard] = [new AbortController(), new AbortController()];
    let child = 0;
    const { request } = await program(STUBBORN_TREE, {
      signal: controller.signal,
      endNow: hard.signal,
      askToEnd: async () => hard.abort(),
      onLine: (line) => {
        child = Number(line.replace('child ', ''));
        controller.abort();
      },
    });
    await expect(runProgram(request)).rejects.toMatchObject({ kind: 'cancelled', code: 'program.stopped' });
    expect(child).toBeGreaterThan(0);
    expect(await isRunning(child)).toBe(false);
  });

  it('stops a program that could not be asked', async () => {
    const controller = new AbortController();
    const { request } = await program("console.log('ready'); setInterval(() => {}, 1000)", {
      signal: controller.signal,
      askToEnd: () => Promise.reject(new Error('no permission')),
      onLine: () => controller.abort(),
    });
    await expect(runProgram(request)).rejects.toMatchObject({ code: 'program.stopped' });
  });

  it('gives characters whole that are cut between two pieces of output', async () => {
    const { request, lines } = await program(
      `for (const byte of Buffer.from('grün 🚀\\n')) { process.stdout.write(Buffer.of(byte)); await new Promise((resolve) => setTimeout(resolve, 2)); }`,
    );
    await runProgram(request);
    expect(lines).toEqual(['stdout: grün 🚀']);
  });

  it('names a program that is missing, one that may not run and a folder that is missing', async () => {
    const { request } = await program('');
    const script = join(folder, 'program.mjs');
    await expect(runProgram({ ...request, file: 'no-such-program' })).rejects.toMatchObject({
      kind: 'tool',
      code: 'program.not-found',
    });
    await expect(runProgram({ ...request, file: script })).rejects.toMatchObject({
      code: 'program.not-executable',
    });
    await expect(runProgram({ ...request, workingDirectory: join(folder, 'gone') })).rejects.toMatchObject({
      code: 'program.no-folder',
    });
  });
});
