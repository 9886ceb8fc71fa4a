import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { asOsrelError, cancelled, listLines, type OsrelError, toolFailed } from '@osrel/core';
import { execa } from 'execa';
import { isGroupRunning } from '../linux-process.ts';
import type { OutputStream, ProgramEnd, ProgramOutcome, ProgramRequest } from '../program-runner.ts';
import { createLineSplitter } from './line-splitter.ts';

const KILL_AFTER_MS = 10_000;
const GROUP_POLL_MS = 20;
const ASKED_POLL_MS = 200;

/**
 * Runs a program in a process group of its own, without a shell. When the signal aborts or the time is over, the
 * whole group gets SIGTERM and, `killAfterMs` later, SIGKILL: a build front end starts processes of its own, and one
 * that is left behind would go on writing into the build folder. With `askToEnd` the signal only asks, and the group
 * gets its own time until `endNow` aborts. Throws as `RunProgram` says.
 */
export async function runProgram(request: ProgramRequest): Promise<ProgramOutcome> {
  if (request.signal.aborted) throw stopped(request);
  const timeLimit = new AbortController();
  const failure = new AbortController();
  const stop = AbortSignal.any([...listStops(request), timeLimit.signal, failure.signal]);
  const program = start(request, stop);
  const timer =
    request.timeoutMs === undefined ? undefined : setTimeout(() => timeLimit.abort(), request.timeoutMs);
  const stdout = keptText(request.keepStdout ?? 0);
  const abortOnFailure = (error: unknown): never => {
    failure.abort();
    throw error;
  };
  const asking = askWhenAborted(program.pid, request, () => failure.abort());
  try {
    const [result, ...reads] = await Promise.allSettled([
      program,
      readLines(program.stdout, 'stdout', request, stdout.add).catch(abortOnFailure),
      readLines(program.stderr, 'stderr', request, () => undefined).catch(abortOnFailure),
      announceStart(program.pid, request).catch(abortOnFailure),
    ]);
    if (request.signal.aborted || stop.aborted)
      await endGroup(program, stop, request.killAfterMs ?? KILL_AFTER_MS);
    await asking.settled();
    if (result.status === 'rejected') throw result.reason;
    if (result.value.code !== undefined && result.value.exitCode === undefined && !stop.aborted)
      throw await startFailure(request, result.value.code, result.value);
    if (request.signal.aborted) throw stopped(request);
    const failedRead = reads.find((read) => read.status === 'rejected');
    if (failedRead !== undefined) throw failedRead.reason;
    return { ...stdout.result(), end: endOf(result.value, timeLimit.signal.aborted) };
  } finally {
    clearTimeout(timer);
    asking.stopListening();
  }
}

/** What ends the program at once. */
function listStops({ signal, askToEnd, endNow }: ProgramRequest): readonly AbortSignal[] {
  if (askToEnd === undefined) return [signal];
  return endNow === undefined ? [] : [endNow];
}

/** A program that cannot be asked is stopped instead: nobody may wait for an end that nobody asked for. */
function askWhenAborted(
  pid: number | undefined,
  { signal, askToEnd }: ProgramRequest,
  onFailure: () => void,
): { readonly settled: () => Promise<void>; readonly stopListening: () => void } {
  let asked: Promise<void> = Promise.resolve();
  const ask = () => {
    if (pid !== undefined) asked = (async () => askToEnd?.(pid))().catch(onFailure);
  };
  signal.addEventListener('abort', ask, { once: true });
  return { settled: () => asked, stopListening: () => signal.removeEventListener('abort', ask) };
}

type RunningProgram = ReturnType<typeof start>;

function start(request: ProgramRequest, stop: AbortSignal) {
  return execa(request.file, request.arguments, {
    cwd: request.workingDirectory,
    env: request.environment,
    extendEnv: false,
    stdin: 'ignore',
    buffer: false,
    reject: false,
    // A process group of its own; it is also stopped when this process ends without having been asked to wait.
    killDescendants: true,
    cancelSignal: stop,
    forceKillAfterDelay: request.killAfterMs ?? KILL_AFTER_MS,
  });
}

async function announceStart(pid: number | undefined, request: ProgramRequest): Promise<void> {
  if (pid !== undefined) await request.onStart?.(pid);
}

async function readLines(
  output: NodeJS.ReadableStream,
  stream: OutputStream,
  request: ProgramRequest,
  onText: (text: string) => void,
): Promise<void> {
  const splitter = createLineSplitter(linesTo(request, stream));
  output.setEncoding('utf8');
  try {
    for await (const chunk of output) {
      const text = String(chunk);
      onText(text);
      splitter.write(text);
    }
  } catch (error) {
    // A program that was killed or never started leaves a broken stream; how it ended is told elsewhere.
    if (!isStreamEnd(error)) throw error;
  }
  splitter.end();
}

function linesTo({ onLine, onLines }: ProgramRequest, stream: OutputStream): (text: string) => void {
  if (onLines !== undefined) return (text) => onLines(text, stream);
  return (text) => {
    for (const line of listLines(text)) onLine(line, stream);
  };
}

function isStreamEnd(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}

/**
 * A descendant may outlive the program. One that was only asked to end gets its time until `stop` aborts; one that was
 * stopped gets `killAfterMs`, then SIGKILL.
 */
async function endGroup(program: RunningProgram, stop: AbortSignal, killAfterMs: number): Promise<void> {
  const { pid } = program;
  if (pid === undefined) return;
  if (!stop.aborted) {
    while (!stop.aborted && (await isGroupLeft(program, pid)))
      await sleep(ASKED_POLL_MS, undefined, { signal: stop }).catch(() => undefined);
    if (!stop.aborted) return;
    program.kill('SIGTERM');
  }
  for (let waitedMs = 0; waitedMs < killAfterMs; waitedMs += GROUP_POLL_MS) {
    if (!(await isGroupLeft(program, pid))) return;
    await sleep(GROUP_POLL_MS);
  }
  program.kill('SIGKILL');
}

/** A signal also reaches members that ended but that nobody collects: /proc tells them apart. */
async function isGroupLeft(program: RunningProgram, pid: number): Promise<boolean> {
  return program.kill(0) && (await isGroupRunning(pid)) !== false;
}

function keptText(limit: number) {
  const pieces: string[] = [];
  let length = 0;
  let wasCut = false;
  const add = (text: string): void => {
    const piece = text.slice(0, limit - length);
    wasCut ||= limit > 0 && piece.length < text.length;
    length += piece.length;
    if (piece !== '') pieces.push(piece);
  };
  return { add, result: () => ({ stdout: pieces.join(''), stdoutWasCut: wasCut }) };
}

interface EndedProgram {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
}

function endOf(ended: EndedProgram, timedOut: boolean): ProgramEnd {
  if (timedOut) return { kind: 'timed-out' };
  if (ended.signal !== undefined) return { kind: 'killed', signalName: ended.signal };
  if (ended.exitCode !== undefined) return { kind: 'exited', exitCode: ended.exitCode };
  throw new Error('a program ended with neither exit code nor signal');
}

function stopped(request: ProgramRequest): OsrelError {
  const reason: unknown = request.signal.reason;
  return (
    asOsrelError(reason) ?? cancelled('program.stopped', `${request.file} was stopped`, { cause: reason })
  );
}

async function startFailure(request: ProgramRequest, code: string, cause: unknown): Promise<OsrelError> {
  const { file, workingDirectory } = request;
  const folder = await stat(workingDirectory).catch(() => undefined);
  if (folder?.isDirectory() !== true) {
    return toolFailed(
      'program.no-folder',
      `${file} cannot start: the folder ${workingDirectory} does not exist`,
      {
        cause,
      },
    );
  }
  if (code === 'EACCES') {
    return toolFailed('program.not-executable', `${file} may not be executed`, {
      hint: `chmod +x ${file}, and check that its file system is not mounted noexec`,
      cause,
    });
  }
  if (code === 'ENOENT') {
    return toolFailed(
      'program.not-found',
      `${file} was not found, or the interpreter in its first line was not`,
      {
        hint: `install ${file}, or correct its path (a relative path starts at ${workingDirectory})`,
        cause,
      },
    );
  }
  return toolFailed('program.not-started', `${file} could not be started: ${code}`, { cause });
}
