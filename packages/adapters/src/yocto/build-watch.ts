import type { BuildProgress } from '@osrel/core';

export interface FailedTask {
  /** `linux-raspberrypi-6.6-r0` or, where only the file is known, the recipe's file name without its ending. */
  readonly recipe: string;
  /** `do_compile`. */
  readonly task: string;
  /** Path as the build wrote it (inside a container: the container's); null when it names none. */
  readonly logFile: string | null;
  /** A setscene task: the build goes on and does the work itself. */
  readonly isSetscene: boolean;
}

export interface TimedTask {
  readonly recipe: string;
  readonly task: string;
  readonly durationMs: number;
}

/** Everything a build told about itself. */
export interface BuildSummary {
  /** In the order they failed, each once; setscene failures that the build recovered from included. */
  readonly failed: readonly FailedTask[];
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  readonly timed: readonly TimedTask[];
  readonly sharedState: BuildProgress['sharedState'];
  /** Tasks that ran, and that were not needed. */
  readonly tasks: { readonly ran: number; readonly total: number } | null;
  /** bitbake says it was stopped by a signal. */
  readonly wasInterrupted: boolean;
  /** barys' own lines, one for each bitbake call. */
  readonly barysResults: readonly { readonly machine: string; readonly result: 'succeeded' | 'failed' }[];
  /** Names of variables and their final values, of those that were asked for (`createBuildWatch({ variables })`). */
  readonly variables: Readonly<Record<string, string>>;
  /** Console lines that nothing explains. */
  readonly unexplained: readonly string[];
}

/** Follows one build through its console and its event log. */
export interface BuildWatch {
  /** A console line without its line end. */
  readonly line: (line: string) => void;
  /** A line of bitbake's event log. */
  readonly event: (line: string) => void;
  readonly progress: () => BuildProgress;
  readonly summary: () => BuildSummary;
}
