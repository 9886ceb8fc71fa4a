import type { Clock, CodeHost, Config, Plan, RunEvent, Stage, StageReport } from '@osrel/core';
import { formatDuration } from '../text/duration.ts';
import { plainLine } from '../text/wrap.ts';
import { countOutcomes } from './event-line.ts';
import { cell, SIGNS } from './github-markdown.ts';
import type { Reporter } from './reporter.ts';

type Finished = RunEvent & { readonly type: 'step-finished' };

export interface StageReportsOptions {
  readonly place: StagePlace;
  readonly codeHost: Pick<CodeHost, 'reportStage'>;
  readonly clock: Clock;
  /** Told once, in one line, when the stages cannot be shown. */
  readonly complain: (line: string) => void;
}

/** The commit that people look at. */
export type StagePlace = Pick<StageReport, 'repository' | 'headSha' | 'slug'>;

/** A code host that does not answer keeps nobody from the end of a run for longer. */
const LAST_WAIT_MS = 61_000;

/**
 * Where the stages of a plan are shown; undefined for nowhere: without a repository, in the embedded world, without
 * `github` in the environment, with `github.report: false`, and for a fork's pull request, whose job may not write.
 */
export function stagePlaceOf(
  { trigger, source, environment, target }: Plan,
  { environments }: Pick<Config, 'environments'>,
): StagePlace | undefined {
  const chosen = environments[environment];
  const repository = trigger.repository ?? source.repository;
  if (repository === null || chosen === undefined || chosen.kind === 'local') return undefined;
  if (chosen.github === null || !chosen.github.report) return undefined;
  if (trigger.kind === 'pull-request' && trigger.origin === 'fork') return undefined;
  const headSha = trigger.kind === 'pull-request' ? trigger.headSha : source.sha;
  return { repository, headSha, slug: target.slug };
}

/**
 * Shows on the commit how far each stage has come: pending with its first step, its outcome with its last one. Best
 * effort: reports follow one another, one that a newer one replaces is left out, and after the first failure no more
 * are sent; a run never fails by it and never waits for it but a minute at its end.
 */
export function createStageReports({ place, codeHost, clock, complain }: StageReportsOptions): Reporter {
  const waiting = new Map<Stage, StageReport>();
  let isBroken = false;
  let sending: Promise<void> | undefined;
  const sendAll = async (): Promise<void> => {
    for (let [next] = waiting; next !== undefined && !isBroken; [next] = waiting) {
      waiting.delete(next[0]);
      try {
        await codeHost.reportStage(next[1]);
      } catch (error) {
        isBroken = true;
        const because = error instanceof Error ? plainLine(error.message) : 'no reason given';
        complain(`the stages are not shown on the commit: ${because}`);
      }
    }
    sending = undefined;
  };
  const send = (report: StageReport): void => {
    waiting.set(report.stage, report);
    // Not at once: an event sink returns first.
    sending ??= Promise.resolve().then(sendAll);
  };
  const stages = createStageLedger(place, send);
  return {
    emit: stages.see,
    emitLines: () => {},
    close: async () => {
      const enough = new AbortController();
      const late = clock.sleep(LAST_WAIT_MS, enough.signal).catch(() => {});
      await Promise.race([sending, late]);
      enough.abort();
    },
  };
}

/** Follows the steps of each stage and says what is new about it. */
function createStageLedger(place: StagePlace, say: (report: StageReport) => void) {
  let plan: Plan | undefined;
  const begun = new Map<Stage, string>();
  const ended = new Set<Stage>();
  const finished = new Map<string, Finished>();
  const stageOf = (stepId: string) => plan?.steps.find((step) => step.id === stepId)?.stage;
  const report = (stage: Stage, at: RunEvent, state: StageReport['state']): void => {
    const startedAt = begun.get(stage) ?? at.at;
    const steps = plan?.steps.filter((step) => step.stage === stage) ?? [];
    const shown = steps.flatMap((step) => finished.get(step.id) ?? []);
    say({
      ...place,
      stage,
      state,
      runId: at.runId,
      title: titleOf(shown, steps.length, state === 'pending' ? null : elapsedMs(startedAt, at.at)),
      summary: renderSteps(shown, at.runId),
      startedAt,
      updatedAt: at.at,
    });
  };
  const begin = (stage: Stage | undefined, event: RunEvent): void => {
    if (stage === undefined || begun.has(stage)) return;
    begun.set(stage, event.at);
    report(stage, event, 'pending');
  };
  const end = (stage: Stage | undefined, event: RunEvent): void => {
    const steps = plan?.steps.filter((step) => step.stage === stage) ?? [];
    const outcomes = steps.map((step) => finished.get(step.id)?.outcome);
    const isOver = event.type === 'run-finished' || !outcomes.includes(undefined);
    if (stage === undefined || steps.length === 0 || ended.has(stage) || !isOver) return;
    ended.add(stage);
    const isGood = outcomes.every((each) => each === 'done' || each === 'adopted' || each === 'skipped');
    report(stage, event, isGood ? 'success' : 'failure');
  };
  const see = (event: RunEvent): void => {
    if (event.type === 'run-started') plan = event.plan;
    if (event.type === 'step-started') begin(stageOf(event.stepId), event);
    if (event.type === 'step-finished') {
      finished.set(event.stepId, event);
      end(stageOf(event.stepId), event);
    }
    if (event.type === 'run-finished') {
      for (const stage of new Set(plan?.steps.map((step) => step.stage))) end(stage, event);
    }
  };
  return { see };
}

/** What went wrong first, else how many steps ended how. */
function titleOf(finished: readonly Finished[], total: number, durationMs: number | null): string {
  const failed = finished.find((event) => event.error !== null);
  if (failed?.error != null) {
    return plainLine(`${failed.stepId}: error[${failed.error.code}] ${failed.error.message}`);
  }
  if (durationMs === null) return `${finished.length} of ${total} steps`;
  const counted = countOutcomes(finished.map((event) => event.outcome));
  const words = counted === '' ? 'nothing was done' : counted;
  return durationMs === 0 ? words : `${words} in ${formatDuration(durationMs)}`;
}

function renderSteps(finished: readonly Finished[], runId: string): string {
  const rows = finished.map((event) => {
    const note =
      event.error === null ? (event.because ?? '') : `error[${event.error.code}] ${event.error.message}`;
    const time = event.fromJournal ? 'earlier' : formatDuration(event.durationMs);
    return `| ${cell(event.stepId)} | ${SIGNS[event.outcome]} ${event.outcome} | ${time} | ${cell(note)} |`;
  });
  const table =
    rows.length === 0 ? [] : ['| Step | Outcome | Time | Note |', '|---|---|---:|---|', ...rows, ''];
  return [...table, `Run \`${runId}\`.`].join('\n');
}

function elapsedMs(from: string, to: string): number {
  return Math.max(0, Date.parse(to) - Date.parse(from));
}
