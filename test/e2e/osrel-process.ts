import { type ChildProcess, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';

export const ROOT = dirname(dirname(import.meta.dirname));

/** The launcher of this checkout; another one, for example of an installed package, by OSREL_E2E_BIN. */
export const OSREL = process.env.OSREL_E2E_BIN ?? join(ROOT, 'packages', 'cli', 'bin', 'osrel');

export interface Spoken {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface OsrelOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly file?: string;
  /** Called with all of stderr so far, whenever there is more. */
  readonly onTalk?: (talk: string, running: RunningOsrel) => void;
}

export interface RunningOsrel {
  readonly pid: number;
  /** Settles when the process is gone and its output is closed, by itself or by `closeOutput`. */
  readonly ended: Promise<Spoken>;
  /** To osrel alone. */
  readonly kill: (signal: NodeJS.Signals) => void;
  /** To osrel and everything that it started in its process group. */
  readonly killGroup: (signal: NodeJS.Signals) => void;
}

/** Starts the real launcher in a process group of its own, without a terminal and outside of any CI. */
export function startOsrel(cwd: string, words: readonly string[], options: OsrelOptions = {}): RunningOsrel {
  const child = spawn(options.file ?? OSREL, words, {
    cwd,
    detached: true,
    // No HOME: nothing is kept outside of the checkout.
    env: { PATH: process.env.PATH ?? '', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const pid = child.pid ?? 0;
  const running: RunningOsrel = {
    pid,
    ended: collect(child, (talk) => options.onTalk?.(talk, running)),
    kill: (signal) => child.kill(signal),
    killGroup: (signal) => {
      try {
        if (pid > 0) process.kill(-pid, signal);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
      }
    },
  };
  return running;
}

export function osrel(cwd: string, words: readonly string[], options: OsrelOptions = {}): Promise<Spoken> {
  return startOsrel(cwd, words, options).ended;
}

/** Ends with the process, not with its pipes: a build that outlives a killed osrel still holds them. */
function collect(child: ChildProcess, talk: (all: string) => void): Promise<Spoken> {
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk) => {
    stdout += String(chunk);
  });
  child.stderr?.on('data', (chunk) => {
    stderr += String(chunk);
    talk(stderr);
  });
  return new Promise((resolve, reject) => {
    const end = (exitCode: number | null, signal: NodeJS.Signals | null) => {
      resolve({ exitCode, signal, stdout, stderr });
    };
    child.on('error', reject);
    child.on('close', end);
    child.on('exit', (exitCode, signal) => {
      if (signal === 'SIGKILL') end(exitCode, signal);
    });
  });
}

/** The one JSON document that a command printed. */
export function documentOf(spoken: Spoken) {
  try {
    return JSON.parse(spoken.stdout);
  } catch (error) {
    throw new Error(`no JSON: ${spoken.stdout}\n${spoken.stderr}`, { cause: error });
  }
}
