import type { ProgramEnd, RunProgram } from '../../program-runner.ts';

export interface DockerProgramOptions {
  readonly runProgram: RunProgram;
  /** The whole environment of docker's client: PATH, HOME, DOCKER_HOST and the like; no secret. */
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute path of a folder that exists; the client is started in it. */
  readonly workingDirectory: string;
}

export interface DockerCall {
  readonly words: readonly string[];
  readonly signal: AbortSignal;
  /** Milliseconds it may take; absent: as long as it takes. */
  readonly timeoutMs?: number;
  /** Besides the environment of the client; for variables in compose files. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Told every line of both streams. */
  readonly onLine?: (line: string) => void;
  /** How a running call is asked to end when the signal aborts; default SIGTERM. */
  readonly askToEnd?: (pid: number) => Promise<void>;
  readonly endNow?: AbortSignal;
}

export interface DockerAnswer {
  readonly end: ProgramEnd;
  readonly succeeded: boolean;
  /** Without blanks at its ends. */
  readonly stdout: string;
  /** How it failed, in its own words where it had some. */
  readonly complaint: string;
}

export type CallDocker = (call: DockerCall) => Promise<DockerAnswer>;

const KEPT_STDOUT = 1_000_000;
const KEPT_COMPLAINTS = 6;

/** Calls `docker`, or the program that the variable DOCKER names. Throws as `RunProgram` does. */
export function createDockerProgram(options: DockerProgramOptions): CallDocker {
  const { DOCKER: named } = options.environment;
  const file = named === undefined || named === '' ? 'docker' : named;
  return async ({ words, variables, onLine, ...rest }) => {
    const complaints: string[] = [];
    const { end, stdout } = await options.runProgram({
      ...rest,
      file,
      arguments: words,
      workingDirectory: options.workingDirectory,
      environment: { ...options.environment, ...variables },
      keepStdout: KEPT_STDOUT,
      onLine: (line, stream) => {
        if (stream === 'stderr' && complaints.push(line) > KEPT_COMPLAINTS) complaints.shift();
        onLine?.(line);
      },
    });
    const said = complaints.filter((line) => line.trim() !== '').join('; ');
    return {
      end,
      succeeded: end.kind === 'exited' && end.exitCode === 0,
      stdout: stdout.trim(),
      complaint: said === '' ? wordsFor(end) : said,
    };
  };
}

function wordsFor(end: ProgramEnd): string {
  if (end.kind === 'timed-out') return 'no answer in time';
  return end.kind === 'killed' ? `ended by ${end.signalName}` : `exit code ${end.exitCode}`;
}
