import type { JournalEntry, Plan, RefusalRecord, RunSummary, Stage, Step } from '@osrel/core';
import { resumeCommand } from '../run-documents.ts';
import { holdsBack, type Reason, reasonOfDecision } from './reason.ts';

export interface RunStory {
  readonly summary: RunSummary;
  readonly plan: Plan;
  readonly entries: readonly JournalEntry[];
}

type StepEnd = Extract<JournalEntry, { type: 'step-succeeded' | 'step-failed' | 'step-left' }>;

/** Why a run ended as it did: its outcome, the steps that stopped it, what was left out. */
export function explainRun({ summary, plan, entries }: RunStory): readonly Reason[] {
  const ends = lastEnds(entries);
  const stopped = plan.steps.filter((step) => ends.get(step.id)?.type === 'step-failed');
  const waiting = plan.steps.filter((step) => {
    const end = ends.get(step.id);
    return end?.type === 'step-left' && end.outcome !== 'skipped';
  });
  const causes = stopped.length > 0 ? stopped : waiting;
  return [
    {
      about: `run ${summary.runId}`,
      outcome: summary.outcome,
      because: because(summary, causes),
      change:
        summary.outcome === 'done' || summary.outcome === 'running' ? null : resumeCommand(summary.runId),
    },
    ...causes.slice(0, 10).map((step) => reasonOfStep(step, ends.get(step.id))),
    ...plan.decisions.filter(holdsBack).map(reasonOfDecision),
  ];
}

/** Why one step ended as it did, back to the step that stopped it. */
export function explainStep(stepId: string, { summary, plan, entries }: RunStory): readonly Reason[] {
  const ends = lastEnds(entries);
  const chain = chainOf(stepId, plan, ends);
  const reasons = chain.map((step) => reasonOfStep(step, ends.get(step.id)));
  const stage = chain[0]?.stage;
  const decided = plan.decisions
    .filter((decision) => decision.stage !== undefined && decision.stage === stage)
    .map(reasonOfDecision);
  const resume = {
    about: `run ${summary.runId}`,
    outcome: summary.outcome,
    because: 'the run this is about',
    change: null,
  };
  const isOpen = summary.outcome !== 'done' && summary.outcome !== 'running';
  return [...reasons, ...decided, { ...resume, change: isOpen ? resumeCommand(summary.runId) : null }];
}

/** Why a stage ran or did not. */
export function explainStage(stage: Stage, plan: Plan, entries: readonly JournalEntry[]): readonly Reason[] {
  const ends = lastEnds(entries);
  const decided = plan.decisions.filter(
    (decision) => decision.stage === stage || decision.rule.startsWith(`${stage}.`),
  );
  const steps = plan.steps.filter(
    (step) => step.stage === stage && ends.get(step.id)?.type !== 'step-succeeded',
  );
  const chain = steps.flatMap((step) => chainOf(step.id, plan, ends));
  const isFailed = (step: Step) => ends.get(step.id)?.type === 'step-failed';
  // What failed explains the rest, so it comes first.
  const ranked = [...new Set(chain)].toSorted((a, b) => Number(isFailed(b)) - Number(isFailed(a)));
  const unfinished = entries.length === 0 ? [] : ranked.slice(0, 10);
  return [
    {
      about: `stage ${stage}`,
      outcome: plan.stages[stage],
      because: stageSentence(stage, plan),
      change: null,
    },
    ...decided.map(reasonOfDecision),
    ...unfinished.map((step) => reasonOfStep(step, ends.get(step.id))),
  ];
}

/** Why a run never started. */
export function explainRefusal({ runId, command, error, decisions }: RefusalRecord): readonly Reason[] {
  const ranked = decisions.filter(holdsBack);
  return [
    {
      about: `${command} (${runId})`,
      outcome: 'refused',
      because: `error[${error.code}] ${error.message}`,
      change: error.hint,
    },
    ...ranked.map(reasonOfDecision),
  ];
}

function stageSentence(stage: Stage, plan: Plan): string {
  const steps = plan.steps.filter((step) => step.stage === stage).length;
  return plan.stages[stage] === 'run' ? `${steps} step(s) were planned` : 'the plan leaves it out';
}

function because({ outcome, startedAt, target }: RunSummary, causes: readonly Step[]): string {
  const what = `${target.machine} ${target.version}, started ${startedAt}`;
  if (causes.length === 0) return what;
  return `${what}; stopped at ${causes
    .map((step) => step.id)
    .slice(0, 5)
    .join(', ')}${outcome === 'cancelled' ? ' when it was interrupted' : ''}`;
}

function reasonOfStep(step: Step, end: StepEnd | undefined): Reason {
  if (end === undefined)
    return { about: step.id, outcome: 'not started', because: step.summary, change: null };
  if (end.type === 'step-succeeded')
    return { about: step.id, outcome: end.how, because: step.summary, change: null };
  if (end.type === 'step-left')
    return { about: step.id, outcome: end.outcome, because: end.because, change: null };
  return {
    about: step.id,
    outcome: 'failed',
    because: `error[${end.error.code}] ${end.error.message}`,
    change: end.error.hint,
  };
}

/** The step and, while it could not start, the unfinished steps it needed. */
function chainOf(stepId: string, plan: Plan, ends: ReadonlyMap<string, StepEnd>): readonly Step[] {
  const seen = new Set<Step>();
  const queue = [stepId];
  for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
    const step = plan.steps.find((each) => each.id === id);
    if (step === undefined || seen.has(step)) continue;
    seen.add(step);
    const end = ends.get(id);
    if (end === undefined || end.type === 'step-left')
      queue.push(...step.needs.filter((need) => ends.get(need)?.type !== 'step-succeeded'));
  }
  return [...seen];
}

function lastEnds(entries: readonly JournalEntry[]): ReadonlyMap<string, StepEnd> {
  const ends = entries.filter((entry): entry is StepEnd =>
    ['step-succeeded', 'step-failed', 'step-left'].includes(entry.type),
  );
  return new Map(ends.map((entry) => [entry.stepId, entry]));
}
