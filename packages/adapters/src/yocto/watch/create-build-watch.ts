import type { BuildSummary, BuildWatch } from '../build-watch.ts';
import type { BuildRecord } from './build-record.ts';
import type { BuildSign } from './build-sign.ts';
import { createBuildTally } from './build-tally.ts';
import { createConsoleReader } from './create-console-reader.ts';
import { createLogRecordReader } from './create-log-record-reader.ts';
import { takeEvent, WATCHED_EVENTS } from './event-signs.ts';
import { keepText } from './kept-text.ts';
import { mergeFailedTasks, mergeTimedTasks } from './merge-tasks.ts';
import { createMessageList, type ExtendMessage } from './message-list.ts';
import { progressOfBuild } from './progress-of-build.ts';
import { readEventLine } from './read-event-line.ts';
import { readVariables } from './read-variables.ts';

export interface BuildWatchOptions {
  /** Milliseconds; only differences count. */
  readonly now: () => number;
  /** Names of bitbake variables whose final values the summary should have; all others are never looked at. */
  readonly variables?: readonly string[];
  /** What earlier builds of this kind took; without it no remaining time is told. */
  readonly history?: BuildRecord;
}

const MAX_UNEXPLAINED = 200;
const MAX_LINE = 500;
const MAX_RESULTS = 200;

/**
 * Follows a build by its console and, where there is one, by bitbake's event log: several bitbake calls one after the
 * other, whose counters start again and whose failures add up. The event log has the last word on a call as soon as it
 * tells of it; the console alone is enough. Nothing that arrives makes it throw or keep more than a bounded amount.
 */
export function createBuildWatch({ now, variables = [], history }: BuildWatchOptions): BuildWatch {
  const byEvents = createBuildTally(now);
  const byConsole = createBuildTally(now);
  const messages = { error: createMessageList(), warning: createMessageList() };
  const unexplained: string[] = [];
  const barysResults: BuildSummary['barysResults'][number][] = [];
  const values = new Map<string, string>();
  const records = createLogRecordReader();
  let extend: ExtendMessage = () => {};

  const takeConsole = (sign: BuildSign): void => {
    byConsole.take(sign);
    if (sign.kind === 'message') extend = messages[sign.level].add(sign.text);
    if (sign.kind === 'message-line') extend(sign.text);
    if (sign.kind === 'barys-result' && barysResults.length < MAX_RESULTS)
      barysResults.push({ machine: keepText(sign.machine, MAX_LINE), result: sign.result });
  };
  const takeEvents = (sign: BuildSign): void => {
    byEvents.take(sign);
    if (sign.kind === 'message') messages[sign.level].add(sign.text);
  };
  const reader = createConsoleReader(takeConsole);

  return {
    line: (line) => {
      if (reader.read(line) === 'unexplained' && unexplained.length < MAX_UNEXPLAINED)
        unexplained.push(keepText(line, MAX_LINE));
    },
    event: (line) => {
      const read = readEventLine(line, WATCHED_EVENTS);
      if (read.kind === 'event') {
        takeEvent(read.event, takeEvents);
        records.read(read.event, takeEvents);
      } else if (read.kind === 'variables' && variables.length > 0) {
        for (const [name, value] of Object.entries(readVariables(line, variables))) values.set(name, value);
      }
    },
    progress: () => progressOfBuild({ byEvents, byConsole, nowMs: now(), history }),
    summary: () => ({
      failed: mergeFailedTasks(byEvents.tasks.failed(), byConsole.tasks.failed()),
      errors: messages.error.list(),
      warnings: messages.warning.list(),
      timed: mergeTimedTasks(byEvents.tasks.timed(), byConsole.tasks.timed()),
      sharedState: byEvents.sharedState() ?? byConsole.sharedState(),
      tasks: moreOf(byEvents.ran(), byConsole.ran()),
      wasInterrupted: byEvents.wasInterrupted() || byConsole.wasInterrupted(),
      barysResults: [...barysResults],
      variables: Object.fromEntries(values),
      unexplained: [...unexplained],
    }),
  };
}

/** One of several bitbake calls may have written no event log. */
function moreOf(byEvents: BuildSummary['tasks'], byConsole: BuildSummary['tasks']): BuildSummary['tasks'] {
  if (byEvents === null || byConsole === null) return byEvents ?? byConsole;
  return byConsole.total > byEvents.total ? byConsole : byEvents;
}
