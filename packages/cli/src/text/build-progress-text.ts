import { type BuildProgress, sharedStateHitPercent, type TaskCount } from '@osrel/core';
import { formatDuration } from './duration.ts';

const SEPARATOR = ' · ';

/**
 * A build's activity and counters in one line: `tasks 1234/5678 (21 %) · setscene 800/900 · sstate 73 % · about 12 min left`.
 * With a width, parts that do not fit are left out, the least telling first; what is running now is not in it.
 */
export function describeBuild(progress: BuildProgress, width = Number.POSITIVE_INFINITY): string {
  const [head, ...others] = listParts(progress);
  if (head === undefined) return '';
  const kept = new Set([head]);
  let used = head.text.length;
  for (const part of others.toSorted((one, other) => one.rank - other.rank)) {
    const longer = used + SEPARATOR.length + part.text.length;
    if (longer > width) continue;
    kept.add(part);
    used = longer;
  }
  return [...kept]
    .toSorted((one, other) => one.place - other.place)
    .map((part) => part.text)
    .join(SEPARATOR);
}

interface Part {
  readonly text: string;
  /** Where it stands in the line. */
  readonly place: number;
  /** Who goes last when there is no room: the smallest. */
  readonly rank: number;
}

function listParts(progress: BuildProgress): readonly Part[] {
  const { setscene, failedTasks, sharedState, remainingMs, activity } = progress;
  const isSetsceneTold = setscene !== null && activity !== 'setscene';
  return [
    { text: describeActivity(progress), place: 0, rank: 0 },
    ...(failedTasks === 0 ? [] : [{ text: `${failedTasks} failed`, place: 1, rank: 1 }]),
    ...(isSetsceneTold ? [{ text: `setscene ${setscene.done}/${setscene.total}`, place: 2, rank: 4 }] : []),
    ...(sharedState === null
      ? []
      : [{ text: `sstate ${sharedStateHitPercent(sharedState)} %`, place: 3, rank: 3 }]),
    ...(remainingMs === null ? [] : [{ text: formatRemaining(remainingMs), place: 4, rank: 2 }]),
  ];
}

function describeActivity({ activity, parsing, setscene, tasks }: BuildProgress): string {
  switch (activity) {
    case 'starting':
      return 'starting';
    case 'cache':
      return withCount('loading the recipe cache', parsing);
    case 'parsing':
      return withCount('parsing recipes', parsing);
    case 'preparing':
      return 'preparing tasks';
    case 'setscene':
      return withCount('setscene', setscene);
    case 'tasks':
      return withCount('tasks', tasks);
    case 'ending':
      return tasks === null ? 'ending' : `ending${SEPARATOR}${withCount('tasks', tasks)}`;
  }
}

function withCount(what: string, count: TaskCount | null): string {
  if (count === null) return what;
  const { done, total } = count;
  return total === 0
    ? `${what} ${done}`
    : `${what} ${done}/${total} (${Math.min(100, Math.floor((done / total) * 100))} %)`;
}

/** `less than a minute left`, `about 12 min left`, `about 2 h 10 min left`. */
export function formatRemaining(remainingMs: number): string {
  const minutes = Math.round(remainingMs / 60_000);
  if (minutes < 1) return 'less than a minute left';
  if (minutes < 90) return `about ${minutes} min left`;
  const tens = Math.round(minutes / 10) * 10;
  const rest = tens % 60;
  return `about ${Math.floor(tens / 60)} h${rest === 0 ? '' : ` ${rest} min`} left`;
}

/** Running tasks one a line, their age first, at most `limit`; the last line counts the others. */
export function listRunningTasks({ running }: BuildProgress, limit: number): readonly string[] {
  const shown = running.slice(0, running.length <= limit ? limit : Math.max(0, limit - 1));
  const hidden = running.length - shown.length;
  return [
    ...shown.map(({ name, ageMs }) => `${formatDuration(ageMs).padStart(7)}  ${name}`),
    ...(hidden === 0 ? [] : [`${' '.repeat(9)}and ${hidden} more`]),
  ];
}

/** ` · running: linux-raspberrypi do_compile (3m 12s) and 5 more`; empty when nothing runs. */
export function describeLongestTask({ running }: BuildProgress): string {
  const [longest, ...others] = running;
  if (longest === undefined) return '';
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return `${SEPARATOR}running: ${longest.name} (${formatDuration(longest.ageMs)})${more}`;
}
