import type { BuildProgress } from '@osrel/core';

/** The activities in the order a bitbake call goes through them. */
export const PHASES = [
  'starting',
  'cache',
  'parsing',
  'preparing',
  'setscene',
  'tasks',
  'ending',
] as const satisfies readonly BuildProgress['activity'][];

export interface TaskName {
  /** `hello-1.0-r0` (bitbake's PF), with `mc:NAME:` before it outside the default configuration. */
  readonly recipe: string;
  /** `do_compile`, `do_package_setscene`. */
  readonly task: string;
}

export interface TaskCounts {
  readonly done: number;
  readonly total: number;
}

/** One thing that a build tells, whether by its event log or by its console. */
export type BuildSign =
  /** An activity begins. `opens`: this is where a bitbake call enters it, so one that is further on has ended. */
  | { readonly kind: 'activity'; readonly activity: BuildProgress['activity']; readonly opens: boolean }
  | { readonly kind: 'parsing'; readonly done: number; readonly total: number }
  /** The queue starts its task of this number; numbers count what is done, failed and running. */
  | {
      readonly kind: 'queued';
      readonly isSetscene: boolean;
      readonly number: number;
      readonly total: number;
      /** A task without work ends as it starts, without a word. */
      readonly isEmpty: boolean;
    }
  /** What the queue itself counts. */
  | {
      readonly kind: 'counted';
      readonly setscene: TaskCounts | null;
      readonly tasks: TaskCounts | null;
    }
  | ({ readonly kind: 'task-started'; readonly file: string | null; readonly atMs: number | null } & TaskName)
  | ({
      readonly kind: 'task-ended';
      readonly result: 'succeeded' | 'failed';
      readonly file: string | null;
      readonly logFile: string | null;
      readonly atMs: number | null;
    } & TaskName)
  /** The queue's own word on a failed task; it knows the recipe's file only. */
  | { readonly kind: 'queue-failed'; readonly file: string; readonly task: string }
  | { readonly kind: 'log-file'; readonly path: string }
  /** A terminal's list of running tasks begins anew. */
  | { readonly kind: 'running-list' }
  | ({ readonly kind: 'running-task'; readonly ageMs: number } & TaskName)
  | { readonly kind: 'attempted'; readonly attempted: number; readonly notNeeded: number }
  | {
      readonly kind: 'shared-state';
      readonly found: number;
      readonly wanted: number;
      /** The summary line of the shared state class, which counts better than its events. */
      readonly isSummary: boolean;
    }
  | { readonly kind: 'message'; readonly level: 'warning' | 'error'; readonly text: string }
  /** A further line of the message before it. */
  | { readonly kind: 'message-line'; readonly text: string }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'call-ended' }
  | { readonly kind: 'barys-result'; readonly machine: string; readonly result: 'succeeded' | 'failed' };

export type TakeSign = (sign: BuildSign) => void;
