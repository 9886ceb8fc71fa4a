import type { CheckQuestion, CheckRun, RunConclusion } from '@osrel/core';
import { attribute, isNameOf, isWorkflowOf, type NamedEntry, type NameRules } from './check-names.ts';
import { type FoundRun, newestOfEach } from './found-run.ts';

export interface SettleQuestion extends CheckQuestion {
  readonly configured: NameRules['configured'];
  /** The workflow run that osrel is part of: it cannot wait for itself. */
  readonly ownRunId: number | null;
}

/** From what decides to what counts only where there is nothing else: a failure is never outvoted. */
const WORST_FIRST: readonly (readonly (RunConclusion | null)[])[] = [
  ['failure', 'timed-out'],
  [null],
  ['cancelled', 'action-required', 'startup-failure', 'stale', 'other'],
  ['success'],
  // A job that another event left out says nothing.
  ['neutral', 'skipped'],
];

/** How a whole workflow may have ended before any of its jobs could begin. */
const NEVER_BEGAN: readonly (RunConclusion | null)[] = [
  null,
  'cancelled',
  'action-required',
  'startup-failure',
  'stale',
];

/**
 * What the runs on one commit say about each entry of the test matrix (balena-workflow 7.1; W13): runs of its name that
 * are about this device type, the newest attempt of each; of several the worst. Where none is found yet, a workflow that
 * still runs is awaited, and one that never began is named.
 */
export function settleChecks(
  runs: readonly FoundRun[],
  question: SettleQuestion,
): { readonly checks: readonly CheckRun[]; readonly trace: readonly string[] } {
  const newest = newestOfEach(runs).filter(
    (run) => run.workflow?.runId !== question.ownRunId || run.status === 'completed',
  );
  const settled = question.entries.map((entry) => settleEntry(entry, newest, question));
  return {
    checks: settled.flatMap(({ check }) => (check === undefined ? [] : [check])),
    trace: [...new Set(settled.flatMap(({ trace }) => trace))],
  };
}

function settleEntry(
  entry: NamedEntry,
  runs: readonly FoundRun[],
  question: SettleQuestion,
): { readonly check?: CheckRun; readonly trace: readonly string[] } {
  const isNamed = (run: FoundRun) =>
    run.kind === 'workflow' ? isWorkflowOf(run.name, entry, question) : isNameOf(run.name, entry, question);
  const named = runs.filter(isNamed).map((run) => ({ run, about: aboutOf(run, question) }));
  const counted = named.filter(({ about }) => about.kind === 'ours').map(({ run }) => run);
  const trace = named.flatMap(({ run, about }) =>
    about.kind === 'ours' ? [] : [`not counted: ${describe(run)}: ${about.because}`],
  );
  if (counted.length > 0) return { check: checkOf(entry, counted, question), trace };
  const workflows = runs.filter(
    (run) =>
      run.kind === 'workflow' &&
      NEVER_BEGAN.includes(run.conclusion) &&
      aboutOf(run, question).kind === 'ours',
  );
  return workflows.length === 0 ? { trace } : { check: checkOf(entry, workflows, question), trace };
}

function aboutOf(run: FoundRun, question: SettleQuestion) {
  return attribute(run.kind === 'workflow' ? '' : run.name, run.workflow?.file ?? null, question);
}

function checkOf(entry: NamedEntry, runs: readonly FoundRun[], question: SettleQuestion): CheckRun {
  const rankOf = ({ conclusion }: FoundRun) =>
    WORST_FIRST.findIndex((conclusions) => conclusions.includes(conclusion));
  const ranked = runs.toSorted((a, b) => rankOf(a) - rankOf(b));
  const [decisive] = ranked;
  if (decisive === undefined) throw new RangeError(`no run to judge ${entry.id} by`);
  return {
    repository: question.repository,
    headSha: question.headSha,
    slug: question.slug,
    name: entry.id,
    status: decisive.status,
    conclusion: decisive.conclusion,
    summary: decisive.summary,
    updatedAt: decisive.updatedAt,
    source: ranked.map((run) => `${describe(run)}: ${run.conclusion ?? run.status}`).join('; '),
  };
}

function describe({ kind, name, workflow }: FoundRun): string {
  const attempt = workflow?.attempt == null || workflow.attempt === 1 ? '' : `, attempt ${workflow.attempt}`;
  const where = workflow === null ? '' : `${workflow.event}${attempt}`;
  if (kind === 'workflow') return `workflow ${name} (${where})`;
  return workflow === null ? `${kind} "${name}"` : `check "${name}" in ${workflow.file} (${where})`;
}
