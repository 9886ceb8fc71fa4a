import type { ProgramEnd, RunProgram } from '../program-runner.ts';

export interface EngineProgramOptions {
  readonly runProgram: RunProgram;
  /** The whole environment of the engine's client: PATH, HOME, DOCKER_HOST and the like; no secret. */
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute path of a folder that exists; the client is started in it. */
  readonly workingDirectory: string;
}

export interface EngineCall {
  readonly file: string;
  readonly arguments: readonly string[];
  readonly signal: AbortSignal;
  /** Absent: as long as it takes. */
  readonly timeoutMs?: number;
  /** Told every line of both streams. */
  readonly onLine?: (line: string) => void;
}

export interface EngineAnswer {
  readonly end: ProgramEnd;
  readonly stdout: string;
  /** The last lines of stderr, joined by line ends. */
  readonly complaint: string;
}

export type CallEngine = (call: EngineCall) => Promise<EngineAnswer>;

const KEPT_STDOUT = 1_000_000;
const KEPT_COMPLAINTS = 8;

/** Calls the client of an engine and keeps what it answers. Throws as `RunProgram` does. */
export function createEngineProgram(options: EngineProgramOptions): CallEngine {
  return async ({ file, arguments: words, signal, timeoutMs, onLine }) => {
    const complaints: string[] = [];
    const { end, stdout } = await options.runProgram({
      file,
      arguments: words,
      workingDirectory: options.workingDirectory,
      environment: options.environment,
      signal,
      keepStdout: KEPT_STDOUT,
      onLine: (line, stream) => {
        if (stream === 'stderr' && complaints.push(line) > KEPT_COMPLAINTS) complaints.shift();
        onLine?.(line);
      },
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
    return { end, stdout, complaint: complaints.join('\n').trim() };
  };
}

/** It ended by itself with 0. */
export function succeeded(answer: EngineAnswer): boolean {
  return answer.end.kind === 'exited' && answer.end.exitCode === 0;
}

/** How it ended, for a message: its own words when it had any. */
export function complaintOf({ end, complaint }: EngineAnswer): string {
  if (complaint !== '') return complaint;
  if (end.kind === 'timed-out') return 'no answer in time';
  return end.kind === 'killed' ? end.signalName : `exit code ${end.exitCode}`;
}
