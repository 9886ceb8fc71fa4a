import type { BuildProgress } from '@osrel/core';
import { type BuildSign, PHASES, type TaskCounts } from './build-sign.ts';
import { createRunningTasks, type RunningTasks } from './running-tasks.ts';

export interface CallCounts {
  readonly setscene: TaskCounts | null;
  readonly tasks: TaskCounts | null;
}

/** What one source (event log or console) has told about a build: its bitbake calls, one after the other. */
export interface BuildTally {
  readonly take: (sign: BuildSign) => void;
  /** How many bitbake calls began. */
  readonly calls: () => number;
  readonly activity: () => BuildProgress['activity'];
  readonly parsing: () => TaskCounts | null;
  /** Of the current call: the counters start again with each. */
  readonly counts: () => CallCounts;
  readonly tasks: RunningTasks;
  /** Over all calls. */
  readonly sharedState: () => BuildProgress['sharedState'];
  /** Over all calls; null until one call's queue is known. */
  readonly ran: () => { readonly ran: number; readonly total: number } | null;
  readonly wasInterrupted: () => boolean;
}

interface Call {
  activity: BuildProgress['activity'];
  parsing: TaskCounts | null;
  setscene: TaskCounts | null;
  tasks: TaskCounts | null;
  attempted: { readonly attempted: number; readonly notNeeded: number } | null;
  sharedState: { readonly found: number; readonly wanted: number; readonly isSummary: boolean } | null;
}

/** No build calls bitbake so often; what looks like more is not worth the memory. */
const MAX_CALLS = 1000;

const emptyCall = (): Call => ({
  activity: 'starting',
  parsing: null,
  setscene: null,
  tasks: null,
  attempted: null,
  sharedState: null,
});

/** Adds up signs of one source. `now` gives milliseconds; it dates what the source does not date itself. */
export function createBuildTally(now: () => number): BuildTally {
  const calls: Call[] = [];
  const tasks = createRunningTasks(now);
  let isOpen = false;
  let isInterrupted = false;

  const openCall = (): Call => {
    const last = calls.at(-1);
    if (isOpen && last !== undefined) return last;
    isOpen = true;
    const call = emptyCall();
    if (calls.length >= MAX_CALLS) calls.pop();
    calls.push(call);
    tasks.startCall();
    return call;
  };

  const take = (sign: BuildSign): void => {
    if (sign.kind === 'interrupted') isInterrupted = true;
    if (sign.kind === 'call-ended') isOpen = false;
    if (sign.kind === 'activity' && sign.opens && rankOf(calls.at(-1)) > PHASES.indexOf(sign.activity))
      isOpen = false;
    if (OPENING.has(sign.kind)) takeInto(openCall(), tasks, sign);
    else if (BELATED.has(sign.kind)) takeInto(calls.at(-1) ?? openCall(), tasks, sign);
  };

  return {
    take,
    calls: () => calls.length,
    activity: () => calls.at(-1)?.activity ?? 'starting',
    parsing: () => calls.at(-1)?.parsing ?? null,
    counts: () => ({ setscene: calls.at(-1)?.setscene ?? null, tasks: calls.at(-1)?.tasks ?? null }),
    tasks,
    sharedState: () => addUp(calls.map((call) => call.sharedState)),
    ran: () => ranOf(calls),
    wasInterrupted: () => isInterrupted,
  };
}

type Kinds = ReadonlySet<BuildSign['kind']>;

const OPENING: Kinds = new Set<BuildSign['kind']>([
  'activity',
  'parsing',
  'queued',
  'counted',
  'task-started',
  'running-list',
  'running-task',
  'shared-state',
]);

/** May come when their call has ended: errors have a stream of their own. */
const BELATED: Kinds = new Set<BuildSign['kind']>(['task-ended', 'queue-failed', 'log-file', 'attempted']);

function rankOf(call: Call | undefined): number {
  return call === undefined ? 0 : PHASES.indexOf(call.activity);
}

function takeInto(call: Call, tasks: RunningTasks, sign: BuildSign): void {
  switch (sign.kind) {
    case 'activity':
      if (PHASES.indexOf(sign.activity) > rankOf(call)) call.activity = sign.activity;
      if (call.activity !== 'parsing') call.parsing = null;
      return;
    case 'parsing':
      if (rankOf(call) <= PHASES.indexOf('parsing')) call.activity = 'parsing';
      if (call.activity === 'parsing') call.parsing = { done: sign.done, total: sign.total };
      return;
    case 'queued':
      takeQueued(call, tasks, sign);
      return;
    case 'counted':
      if (sign.setscene !== null) call.setscene = furthest(call.setscene, sign.setscene);
      if (sign.tasks !== null) call.tasks = furthest(call.tasks, sign.tasks);
      return;
    case 'attempted':
      call.attempted = sign;
      call.activity = 'ending';
      if (call.tasks !== null)
        call.tasks = furthest(call.tasks, { done: sign.attempted, total: call.tasks.total });
      return;
    case 'shared-state':
      if (sign.isSummary || call.sharedState?.isSummary !== true) call.sharedState = sign;
      return;
    default:
      tasks.take(sign);
  }
}

function takeQueued(call: Call, tasks: RunningTasks, sign: Extract<BuildSign, { kind: 'queued' }>): void {
  const open = tasks.queued(sign.isSetscene, sign.isEmpty);
  const counts = { done: Math.max(0, sign.number - 1 - open), total: sign.total };
  const activity = sign.isSetscene ? 'setscene' : 'tasks';
  if (PHASES.indexOf(activity) > rankOf(call)) call.activity = activity;
  call.parsing = null;
  if (sign.isSetscene) call.setscene = furthest(call.setscene, counts);
  else call.tasks = furthest(call.tasks, counts);
}

/** Counters never run back within a call, also when lines of two streams come in another order. */
function furthest(before: TaskCounts | null, next: TaskCounts): TaskCounts {
  const total = Math.max(before?.total ?? 0, next.total);
  return { done: Math.min(total, Math.max(before?.done ?? 0, next.done)), total };
}

function addUp(each: readonly Call['sharedState'][]): BuildProgress['sharedState'] {
  const known = each.filter((one) => one !== null);
  if (known.length === 0) return null;
  return {
    found: known.reduce((sum, one) => sum + one.found, 0),
    wanted: known.reduce((sum, one) => sum + one.wanted, 0),
  };
}

function ranOf(calls: readonly Call[]): { ran: number; total: number } | null {
  const known = calls.flatMap(({ attempted, tasks }) => {
    if (attempted !== null)
      return [{ ran: attempted.attempted - attempted.notNeeded, total: tasks?.total ?? attempted.attempted }];
    return tasks === null ? [] : [{ ran: tasks.done, total: tasks.total }];
  });
  if (known.length === 0) return null;
  return {
    ran: known.reduce((sum, one) => sum + Math.max(0, one.ran), 0),
    total: known.reduce((sum, one) => sum + one.total, 0),
  };
}
