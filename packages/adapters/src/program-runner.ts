import type { ProcessIdentity } from './linux-process.ts';

export type OutputStream = 'stdout' | 'stderr';

export interface ProgramRequest {
  /** A name looked up in the environment's PATH, or a path; a relative one is relative to the working directory. */
  readonly file: string;
  readonly arguments: readonly string[];
  /** Absolute path. */
  readonly workingDirectory: string;
  /** The whole environment of the program: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** One line of output without its line end, in order of arrival. */
  readonly onLine: (line: string, stream: OutputStream) => void;
  /**
   * Takes whole lines that came at once, each with a line feed at its end, instead of `onLine`: for a program that
   * prints a lot.
   */
  readonly onLines?: (text: string, stream: OutputStream) => void;
  /**
   * How the program is asked to end when `signal` aborts, instead of SIGTERM to its group: it then ends in its own time.
   * Called once, with the process id.
   */
  readonly askToEnd?: (pid: number) => Promise<void>;
  /** After `askToEnd`: when this aborts, the group gets SIGTERM and then SIGKILL after all. */
  readonly endNow?: AbortSignal;
  /** Milliseconds between SIGTERM and SIGKILL of the program and everything it started; default 10 000. */
  readonly killAfterMs?: number;
  /** Milliseconds the program may run; absent: no limit. */
  readonly timeoutMs?: number;
  /** Keeps up to this many characters of stdout, uncut, in the outcome; default 0. */
  readonly keepStdout?: number;
  /** Told the process id, which is also the id of the program's process group. */
  readonly onStart?: (pid: number) => Promise<void> | void;
}

export type ProgramEnd =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'killed'; readonly signalName: string }
  | { readonly kind: 'timed-out' };

export interface ProgramOutcome {
  readonly end: ProgramEnd;
  /** What `keepStdout` asked for. */
  readonly stdout: string;
  /** True when stdout was longer than what was kept. */
  readonly stdoutWasCut: boolean;
}

/**
 * Runs a program without a shell until it and its output have ended. Throws tool `program.not-found` or
 * `program.not-executable` when it cannot start, and cancelled `program.stopped` (or the signal's own OsrelError)
 * when the signal aborts; by then the whole process group has been stopped.
 */
export type RunProgram = (request: ProgramRequest) => Promise<ProgramOutcome>;

/** Signals to processes that this osrel did not start itself; the host brings them. */
export interface ProcessSignals {
  readonly ownPid: number;
  /** Sends the signal; throws like `process.kill`. */
  readonly send: (pid: number, signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL') => void;
}

/** A build in its folder, as another osrel needs to know it to end it. */
export interface NotedBuild {
  /** Absolute path of the build folder. */
  readonly directory: string;
  /** What worked on the folder before the build and must be left alone. */
  readonly spared: readonly ProcessIdentity[];
}

export interface OccupiedSlot {
  /** Variables to start the program with: by them the next osrel knows it, even if this one dies before `started`. */
  readonly environment: Readonly<Record<string, string>>;
  /** Notes where the build works, before its program starts: bitbake's server and tasks are found by that. */
  readonly building: (build: NotedBuild) => Promise<void>;
  /** Notes the program that now runs, so that the next osrel can stop it if this one dies. */
  readonly started: (pid: number) => Promise<void>;
  /** Frees the slot; the program has ended. */
  readonly leave: () => Promise<void>;
}

/** Who waits for a place, and what to tell while waiting. */
export interface SlotWait {
  /** Ends the waiting; its reason is thrown. */
  readonly signal: AbortSignal;
  /** Called once for each osrel that is waited for. */
  readonly onWait: (because: string) => void;
}

/** A place where one program at a time may run, over all osrel processes of this machine. */
export interface ProgramSlot {
  /**
   * Waits for others of this process, stops a program that a dead osrel left behind, and takes the place. While
   * another osrel that lives has it: waits as `wait` says; without it, throws conflict `build.busy`.
   */
  readonly occupy: (wait?: SlotWait) => Promise<OccupiedSlot>;
}
