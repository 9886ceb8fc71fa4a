import type { BuildSign, TakeSign } from './build-sign.ts';
import { type EventFields, fieldsOf, listOf, numberOf, textOf } from './event-fields.ts';
import type { BuildEvent, WantedEvents } from './read-event-line.ts';

type Read = (fields: EventFields, take: TakeSign) => void;

const activity =
  (name: Extract<BuildSign, { kind: 'activity' }>['activity'], opens: boolean): Read =>
  (_fields, take) =>
    take({ kind: 'activity', activity: name, opens });

/** The classes that are known by their name alone; their pickles are not read. */
const NAMED: Readonly<Record<string, Read>> = {
  'bb.event.CacheLoadStarted': activity('cache', true),
  'bb.event.ParseCompleted': activity('preparing', false),
  'bb.event.TreeDataPreparationStarted': activity('preparing', true),
  'bb.event.BuildStarted': activity('preparing', false),
  // Ten a second while bitbake waits for the last tasks.
  'bb.runqueue.runQueueExitWait': activity('ending', false),
  'bb.command.CommandCompleted': (_fields, take) => take({ kind: 'call-ended' }),
  'bb.cooker.CookerExit': (_fields, take) => take({ kind: 'call-ended' }),
};

const READ: Readonly<Record<string, Read>> = {
  'bb.event.ParseStarted': (fields, take) => {
    take({ kind: 'activity', activity: 'parsing', opens: true });
    take({ kind: 'parsing', done: 0, total: numberOf(fields, 'total') ?? 0 });
  },
  'bb.event.ParseProgress': (fields, take) =>
    take({ kind: 'parsing', done: numberOf(fields, 'current') ?? 0, total: numberOf(fields, 'total') ?? 0 }),
  'bb.runqueue.sceneQueueTaskStarted': (fields, take) => takeQueue(fields, take, true),
  'bb.runqueue.sceneQueueTaskCompleted': (fields, take) => takeStats(fields, take, true),
  'bb.runqueue.sceneQueueTaskFailed': (fields, take) => takeStats(fields, take, true),
  'bb.runqueue.runQueueTaskStarted': (fields, take) => takeQueue(fields, take, false),
  'bb.runqueue.runQueueTaskCompleted': (fields, take) => takeStats(fields, take, false),
  'bb.runqueue.runQueueTaskSkipped': (fields, take) => takeStats(fields, take, false),
  'bb.runqueue.runQueueTaskFailed': (fields, take) => {
    takeStats(fields, take, false);
    takeQueueFailure(fields, take);
  },
  'bb.build.TaskStarted': (fields, take) =>
    take({
      kind: 'task-started',
      ...taskOf(fields),
      file: textOf(fields, '_fn') ?? null,
      atMs: timeOf(fields),
    }),
  'bb.build.TaskSucceeded': (fields, take) => takeEnd(fields, take, 'succeeded'),
  'bb.build.TaskFailed': (fields, take) => takeEnd(fields, take, 'failed'),
  'bb.build.TaskFailedSilent': (fields, take) => takeEnd(fields, take, 'failed'),
  'bb.event.MetadataEvent': (fields, take) => takeSharedState(fields, take),
  'bb.event.BuildCompleted': (fields, take) => {
    if ((numberOf(fields, '_interrupted') ?? 0) > 0) take({ kind: 'interrupted' });
    take({ kind: 'activity', activity: 'ending', opens: false });
  },
  'bb.event.NoProvider': (fields, take) => takeMessage(take, describeNoProvider(fields)),
  'bb.event.DiskFull': (fields, take) => takeMessage(take, describeDiskFull(fields)),
  'bb.command.CommandFailed': (fields, take) => {
    const because = textOf(fields, 'error') ?? '';
    if (because !== '') takeMessage(take, `Command execution failed: ${because}`);
    if (STOPPED.has(because)) take({ kind: 'interrupted' });
    take({ kind: 'call-ended' });
  },
  'bb.command.CommandExit': (_fields, take) => take({ kind: 'call-ended' }),
};

/** bitbake's own words when a signal ended it (bb.command, bb.cooker). */
export const STOPPED: ReadonlySet<string> = new Set(['Stopped build', 'Forced shutdown']);

/** What of an event log a build watch asks for. Log records are read by `create-log-record-reader.ts`. */
export const WATCHED_EVENTS: WantedEvents = new Map([
  ...Object.keys(NAMED).map((name) => [name, 'name'] as const),
  ...Object.keys(READ).map((name) => [name, 'fields'] as const),
  ['logging.LogRecord', 'fields'] as const,
]);

/** Tells what an event of bitbake's log says about the build; nothing when it says nothing. */
export function takeEvent({ name, fields }: BuildEvent, take: TakeSign): void {
  (NAMED[name] ?? READ[name])?.(fields, take);
}

/** `hello-1.0-r0` and `do_compile` as bitbake's own console names them. */
export function taskOf(fields: EventFields): { readonly recipe: string; readonly task: string } {
  const recipe = textOf(fields, '_package') ?? '';
  const configuration = textOf(fields, '_mc') ?? 'default';
  return {
    recipe: configuration === 'default' || configuration === '' ? recipe : `mc:${configuration}:${recipe}`,
    task: textOf(fields, '_task') ?? '',
  };
}

function takeQueue(fields: EventFields, take: TakeSign, isSetscene: boolean): void {
  take({ kind: 'activity', activity: isSetscene ? 'setscene' : 'tasks', opens: false });
  takeStats(fields, take, isSetscene);
}

function takeStats(fields: EventFields, take: TakeSign, isSetscene: boolean): void {
  take({ kind: 'counted', ...countsOf(fieldsOf(fields, 'stats'), isSetscene) });
}

/** Before 2.0 the two queues count for themselves; later one object counts both (bb.runqueue.RunQueueStats). */
function countsOf(stats: EventFields, isSetscene: boolean) {
  const count = (name: string) => numberOf(stats, name) ?? 0;
  const ended = { done: count('completed') + count('failed'), total: count('total') };
  if (numberOf(stats, 'setscene_total') === undefined)
    return isSetscene ? { setscene: ended, tasks: null } : { setscene: null, tasks: ended };
  const total = count('setscene_total');
  const done = count('setscene_covered') + count('setscene_notcovered');
  return { setscene: total === 0 ? null : { done, total }, tasks: ended };
}

function takeQueueFailure(fields: EventFields, take: TakeSign): void {
  const file = textOf(fields, 'taskfile');
  const task = textOf(fields, 'taskname');
  if (file === undefined || task === undefined) return;
  take({ kind: 'queue-failed', file, task });
  const exitCode = numberOf(fields, 'exitcode') ?? 1;
  // Exit status 1 is what every failing task has; another one says how it ended.
  if (exitCode !== 1) takeMessage(take, `Task (${file}:${task}) failed with exit code '${exitCode}'`);
}

function takeEnd(fields: EventFields, take: TakeSign, result: 'succeeded' | 'failed'): void {
  take({
    kind: 'task-ended',
    ...taskOf(fields),
    result,
    file: textOf(fields, '_fn') ?? null,
    logFile: result === 'failed' ? (textOf(fields, 'logfile') ?? null) : null,
    atMs: timeOf(fields),
  });
}

/** Seconds since 1970, with a fraction. */
function timeOf(fields: EventFields): number | null {
  const seconds = numberOf(fields, 'time');
  return seconds === undefined ? null : seconds * 1000;
}

function takeSharedState(fields: EventFields, take: TakeSign): void {
  if (textOf(fields, 'type') !== 'MissedSstate') return;
  const state = fieldsOf(fields, '_localdata');
  const found = listOf(state, 'found').length;
  const wanted = found + listOf(state, 'missed').length;
  if (wanted > 0) take({ kind: 'shared-state', found, wanted, isSummary: false });
}

function takeMessage(take: TakeSign, text: string): void {
  take({ kind: 'message', level: 'error', text });
}

const MAX_NAMED = 5;

const textsOf = (list: readonly unknown[]): readonly string[] =>
  list.filter((each) => typeof each === 'string').slice(0, MAX_NAMED);

/** As bb.event.NoProvider writes itself. */
function describeNoProvider(fields: EventFields): string {
  const r = fields._runtime === true ? 'R' : '';
  const item = textOf(fields, '_item') ?? '';
  const dependees = textsOf(listOf(fields, '_dependees'));
  const reasons = textsOf(listOf(fields, '_reasons'));
  const matches = reasons.length > 0 ? [] : textsOf(listOf(fields, '_close_matches')).toSorted();
  const who =
    dependees.length === 0 ? '' : ` (but ${dependees.join(', ')} ${r}DEPENDS on or otherwise requires it)`;
  const close = matches.length === 0 ? '' : `. Close matches:\n  ${matches.join('\n  ')}`;
  return [`Nothing ${r}PROVIDES '${item}'${who}${close}`, ...reasons].join('\n');
}

function describeDiskFull(fields: EventFields): string {
  return `The disk space monitor stopped the build: ${textOf(fields, '_mountpoint') ?? textOf(fields, '_dev') ?? 'a file system'} is full`;
}
