import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  asOsrelError,
  badUsage,
  type Clock,
  canonicalJsonText,
  checkPlan,
  integrityBroken,
  type LockOwner,
  type OsrelError,
  type Plan,
  type Redactor,
  type RunRecord,
  type RunStore,
  type RunSummary,
} from '@osrel/core';
import { findText } from '../if-present.ts';
import { makeFolder, syncFolder, writeFileAtomically } from './atomic-file.ts';
import { createJournal } from './create-journal.ts';
import { isTaken } from './file-errors.ts';
import { keepLog } from './keep-log.ts';
import { listNames } from './list-files.ts';
import { openEventLog } from './open-event-log.ts';
import { findRefusal, writeRefusal } from './refusal-file.ts';
import { isRunId, newRunId, startOfRunId } from './run-id.ts';

export interface RunStoreOptions {
  /** Absolute path of `.osrel/runs`. */
  readonly folder: string;
  readonly clock: Clock;
  /** What event logs are written through. */
  readonly redactor: Pick<Redactor, 'text' | 'stream'>;
  /** Who holds a release lock now; a run of a live owner is running. */
  readonly listOwners: () => Promise<readonly LockOwner[]>;
}

const PLAN = 'plan.json';
const JOURNAL = 'journal.jsonl';

/**
 * Runs as folders `<runId>/`. A run exists when its plan.json does (one rename); a folder without it, left by a
 * crash, is not listed.
 */
export function createRunStore({ folder, clock, redactor, listOwners }: RunStoreOptions): RunStore {
  return {
    async create(plan) {
      const startedAt = clock.now();
      const runId = await makeRunFolder(folder, () =>
        newRunId(startedAt, [plan.target.slug, plan.target.version]),
      );
      await writeFileAtomically(join(folder, runId, PLAN), canonicalJsonText(plan));
      return { runId, startedAt, plan, journal: createJournal(join(folder, runId, JOURNAL)) };
    },
    open: (runId) => openRun(folder, runId),
    async list() {
      const live = new Set((await listOwners()).map((owner) => owner.runId));
      const found = await Promise.all(
        (await listRunIds(folder)).map((runId) => summarize(folder, runId, live)),
      );
      return found.filter((summary) => summary !== undefined).toSorted(newestFirst);
    },
    async recordRefusal(refusal) {
      const { slug, version } = refusal.target;
      const runId = await makeRunFolder(folder, () =>
        newRunId(refusal.startedAt, [slug, version, 'refused']),
      );
      await writeRefusal(join(folder, runId), { ...refusal, runId });
      return runId;
    },
    async listRefusals() {
      const found = await Promise.all(
        (await listRunIds(folder)).map((runId) => findRefusal(join(folder, runId))),
      );
      return found.filter((refusal) => refusal !== undefined).toSorted(newestFirst);
    },
    async keepLog({ runId, ...log }) {
      if (!isRunId(runId)) throw await runUnknown(folder, runId);
      await keepLog({ ...log, folder: join(folder, runId), redactor });
    },
    async openEventLog(runId) {
      if (!isRunId(runId)) throw await runUnknown(folder, runId);
      return openEventLog(join(folder, runId), redactor);
    },
  };
}

/** Makes a folder with a name that nobody had before: of two processes with the same name one tries another. */
async function makeRunFolder(folder: string, nextId: () => string): Promise<string> {
  await makeFolder(folder);
  for (;;) {
    const runId = nextId();
    try {
      await mkdir(join(folder, runId));
      await syncFolder(folder);
      return runId;
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
  }
}

async function listRunIds(folder: string): Promise<readonly string[]> {
  return (await listNames(folder)).filter(isRunId);
}

async function openRun(folder: string, runId: string): Promise<RunRecord> {
  const text = isRunId(runId) ? await findText(join(folder, runId, PLAN)) : undefined;
  if (text === undefined) throw await runUnknown(folder, runId);
  const plan = readPlan(text, join(folder, runId, PLAN));
  const journal = createJournal(join(folder, runId, JOURNAL));
  const started = (await journal.read()).find((entry) => entry.type === 'run-started');
  if (started !== undefined && started.planId !== plan.planId)
    throw planReplaced(runId, plan.planId, started.planId);
  return { runId, startedAt: started?.at ?? startOfRunId(runId), plan, journal };
}

/** Throws integrity `plan.altered` when the text is not the plan that its own id names. */
function readPlan(text: string, path: string): Plan {
  try {
    return checkPlan(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw integrityBroken('plan.altered', `${path} holds no JSON: ${error.message}`, {
      hint: 'start a new run',
      cause: error,
    });
  }
}

/** Undefined for a folder that holds no run that can be read; `open` says what is wrong with it. */
async function summarize(
  folder: string,
  runId: string,
  live: ReadonlySet<string>,
): Promise<RunSummary | undefined> {
  try {
    const refusal = await findRefusal(join(folder, runId));
    if (refusal !== undefined) {
      const target = { machine: '', slug: '', version: '', esr: false, ...refusal.target };
      return { runId, startedAt: refusal.startedAt, planId: '', target, environment: '', outcome: 'refused' };
    }
    const { startedAt, plan, journal } = await openRun(folder, runId);
    const last = (await journal.read()).findLast(
      ({ type }) => type === 'run-started' || type === 'run-finished',
    );
    const ended = last?.type === 'run-finished' ? last.outcome : undefined;
    const outcome = ended ?? (live.has(runId) ? 'running' : 'interrupted');
    return {
      runId,
      startedAt,
      planId: plan.planId,
      target: plan.target,
      environment: plan.environment,
      outcome,
    };
  } catch (error) {
    if (isDamaged(error)) return undefined;
    throw error;
  }
}

function isDamaged(error: unknown): boolean {
  const kind = asOsrelError(error)?.kind;
  return kind === 'integrity' || kind === 'usage';
}

function newestFirst(
  a: { readonly startedAt: string; readonly runId: string },
  b: { readonly startedAt: string; readonly runId: string },
) {
  return Date.parse(b.startedAt) - Date.parse(a.startedAt) || (a.runId < b.runId ? 1 : -1);
}

async function runUnknown(folder: string, runId: string): Promise<OsrelError> {
  const known = (await listRunIds(folder)).toReversed();
  const shown = known.slice(0, 10).join(', ');
  return badUsage('run.unknown', `run ${JSON.stringify(runId)} is not kept here`, {
    hint:
      known.length === 0
        ? `no run is kept in ${folder}`
        : `known runs: ${shown}${known.length > 10 ? ', … (see "osrel runs")' : ''}`,
    details: { runs: known },
  });
}

function planReplaced(runId: string, found: string, journalled: string): OsrelError {
  return integrityBroken(
    'plan.altered',
    `plan.json of run ${runId} is plan ${found}, but plan ${journalled} was started`,
    {
      hint: 'start a new run; it adopts what is done',
    },
  );
}
