import type { BuildCommand, BuildDescription, OsBuildRequest, OsrelError } from '@osrel/core';
import type { ProgramEnd } from '../program-runner.ts';
import type { BuildSummary } from './build-watch.ts';

/** A way to start a build: barys, bitbake, kas or a command, on this machine or in a container. */
export interface FrontEnd {
  /** Looks up what the build needs and would run; writes nothing. Throws config and usage errors on bad settings only. */
  readonly prepare: (request: OsBuildRequest) => Promise<PreparedBuild>;
}

/** One build, looked up but not begun. */
export interface PreparedBuild extends BuildDescription {
  /** Absolute path of the build folder (bitbake's TOPDIR); bitbake.lock and the server's socket are in it. */
  readonly buildDirectory: string;
  /** Absolute path of `tmp/deploy`. */
  readonly assetRoot: string;
  /** Absolute path of `tmp/deploy/images/<machine>`. */
  readonly imagesDirectory: string;
  /** Variables whose final values `judge` wants in `summary.variables`; absent: none. */
  readonly watchedVariables?: readonly string[];
  /** Writes settings, makes folders, readies the environment; the command may start when it returns. */
  readonly begin: (beginning: BuildBeginning) => Promise<StartableBuild>;
}

export interface BuildBeginning {
  readonly signal: AbortSignal;
  /** Aborts when the build is to end at once: an `askToEnd` that still waits gives up waiting. */
  readonly endNow?: AbortSignal;
  readonly onLine: (line: string) => void;
  /** Absolute path of a file that bitbake should write its event log to. */
  readonly eventLog: string;
  /** Variables to add to the program's environment: by them a later osrel knows an orphan. */
  readonly mark: Readonly<Record<string, string>>;
}

export interface StartableBuild {
  /** With the whole environment, secrets included: never logged. */
  readonly command: BuildCommand;
  /** The event log that bitbake will write, as a path on this machine; null: only the console tells. */
  readonly eventLog: string | null;
  /** Asks the running build to end after its running tasks; `pid` is the command's. Absent: SIGTERM. */
  readonly askToEnd?: (pid: number) => Promise<void>;
  /** Why the build need not go on, asked until its first task starts: it is then ended at once. Absent: nothing to object. */
  readonly findObjection?: (summary: BuildSummary) => OsrelError | undefined;
  /** Why the build failed although the program's own end does not say so; undefined when it believes the end. */
  readonly judge: (end: ProgramEnd, summary: BuildSummary) => string | undefined;
  /** Stops whatever the build left running (server, workers, container) and removes secrets; also after failures. */
  readonly finish: () => Promise<void>;
}
