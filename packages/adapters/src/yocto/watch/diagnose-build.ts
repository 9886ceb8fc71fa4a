import type { OsrelError } from '@osrel/core';
import type { BuildSummary, FailedTask } from '../build-watch.ts';
import { type PathMapping, toHostPath } from '../host-path.ts';
import { cleanLogLine } from './clean-log-line.ts';
import type { Evidence } from './evidence.ts';
import { MACHINE_CAUSES } from './machine-causes.ts';
import { START_CAUSES } from './start-causes.ts';
import { TASK_CAUSES } from './task-causes.ts';

/** Why a build failed, in one sentence, with all it takes to look further. */
export interface Diagnosis {
  /** Stable, of kind `tool`: `build.fetch-failed`. */
  readonly code: string;
  readonly sentence: string;
  /** The next move. */
  readonly hint: string;
  /** The first recipe and task that failed; null: the build failed before or beside its tasks. */
  readonly recipe: string | null;
  readonly task: string | null;
  /** The task's log, as a path on this machine; null when it has none. */
  readonly logFile: string | null;
  /** The last lines of that log, or of the console; clean, and of bounded length. */
  readonly lastLines: readonly string[];
}

export interface DiagnosisRequest {
  readonly summary: BuildSummary;
  /** The last lines of a file (path on this machine), at most that many; undefined when it cannot be read. */
  readonly readLog: (path: string, count: number) => Promise<readonly string[] | undefined>;
  /** Default: none; the build's paths are those of this machine. */
  readonly mappings?: readonly PathMapping[];
  /** The end of the console, for a failure without a task. */
  readonly consoleLines?: readonly string[];
}

const SHOWN_LINES = 25;
/** A cause may stand well above the end of a log. */
const READ_LINES = 400;
const MAX_ERROR_LINES = 500;

/**
 * Finds why a build failed: the first real task that failed and what its log ends with, or what ended the build before
 * its tasks. Reads at most one log, from its end. Throws only what `readLog` throws.
 */
export async function diagnoseBuild(request: DiagnosisRequest): Promise<Diagnosis> {
  const { summary, readLog, mappings = [], consoleLines = [] } = request;
  const failed = summary.failed.find(({ isSetscene }) => !isSetscene);
  const logFile = failed?.logFile == null ? null : toHostPath(failed.logFile, mappings);
  const read = logFile === null ? undefined : await readLog(logFile, READ_LINES);
  const log = (read ?? []).slice(-READ_LINES).map(cleanLogLine);
  const cause = findCause(summary, failed, log);
  const shown = log.length > 0 ? log : consoleLines.slice(-SHOWN_LINES).map(cleanLogLine);
  return {
    code: cause.code,
    sentence: cleanLogLine(cause.message),
    hint: cause.hint ?? '',
    recipe: failed?.recipe ?? null,
    task: failed?.task ?? null,
    logFile,
    lastLines: shown.slice(-SHOWN_LINES),
  };
}

function findCause(
  summary: BuildSummary,
  failed: FailedTask | undefined,
  log: readonly string[],
): OsrelError {
  const all = [...summary.errors, ...summary.warnings];
  const concerned =
    failed === undefined ? summary.errors : summary.errors.filter((text) => concerns(text, failed));
  const { wasInterrupted } = summary;
  const evidence: Evidence = { failed, errors: linesOf(concerned), log, wasInterrupted };
  // A full disk shows in the warnings before and in other tasks' errors.
  const machineEvidence: Evidence = failed === undefined ? { ...evidence, errors: linesOf(all) } : evidence;
  const causes = [
    ...MACHINE_CAUSES.map((cause) => [cause, machineEvidence] as const),
    ...(failed === undefined ? START_CAUSES : TASK_CAUSES).map((cause) => [cause, evidence] as const),
  ];
  for (const [cause, given] of causes) {
    const found = cause(given);
    if (found !== undefined) return found;
  }
  throw new Error('a build that failed has a cause');
}

/** An error of this task, or one that names no task at all. */
function concerns(text: string, { recipe, task }: FailedTask): boolean {
  const head = text.slice(0, 600);
  if (head.startsWith(`${recipe} ${task}: `)) return true;
  if (head.startsWith('Task (')) return head.includes(`:${task})`);
  return !/^\S{1,300} do_\w{1,100}: /.test(head);
}

function linesOf(texts: readonly string[]): readonly string[] {
  return texts
    .flatMap((text) => text.split('\n', MAX_ERROR_LINES))
    .slice(0, MAX_ERROR_LINES)
    .map(cleanLogLine);
}
