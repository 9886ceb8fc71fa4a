export interface TaskCount {
  readonly done: number;
  readonly total: number;
}

export interface RunningTask {
  /** `linux-raspberrypi do_compile`. */
  readonly name: string;
  readonly ageMs: number;
}

/** How far a build is, as its own event log or console tells. */
export interface BuildProgress {
  readonly activity: 'starting' | 'cache' | 'parsing' | 'preparing' | 'setscene' | 'tasks' | 'ending';
  /** Recipes parsed; null before and after that activity. */
  readonly parsing: TaskCount | null;
  /** Tasks taken from shared state; null when there are none. */
  readonly setscene: TaskCount | null;
  /** Null until the number of tasks is known. */
  readonly tasks: TaskCount | null;
  readonly failedTasks: number;
  /** The longest running first. */
  readonly running: readonly RunningTask[];
  /** Objects of shared state that were asked for and found; null when none was asked for. */
  readonly sharedState: { readonly found: number; readonly wanted: number } | null;
  /** From earlier builds on this machine; null when there is nothing to go by. */
  readonly remainingMs: number | null;
}

/** Whole percent of shared state that was found, 0 to 100. */
export function sharedStateHitPercent({
  found,
  wanted,
}: {
  readonly found: number;
  readonly wanted: number;
}): number {
  return wanted === 0 ? 0 : Math.round((found / wanted) * 100);
}
