import type { EvidencePolicy } from '../../config/tests-config.ts';
import type { PlanRequest } from '../../plan-release-types.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CheckList } from '../../ports/code-host.ts';
import type { EvidenceFacts } from './facts.ts';
import { type EvidenceVerdict, judgeEvidence } from './judge-evidence.ts';

/** Between two looks; a code host counts requests, and suites take many minutes. */
const LOOK_EVERY_MS = 30_000;
/** Whoever watches hears of it every five minutes, and whenever something changed. */
const LOOKS_A_LINE = 10;
const MINUTE_MS = 60_000;

export interface GatherChecksRequest {
  readonly look: () => Promise<CheckList>;
  /** What else the verdict depends on. */
  readonly judged: Pick<EvidenceFacts, 'receipts' | 'rejected' | 'mergeCommit' | 'pullRequest'>;
  readonly policy: EvidencePolicy;
  readonly request: Pick<PlanRequest, 'config' | 'environment' | 'trigger' | 'waiting'>;
  readonly clock: Clock;
}

/**
 * Looks until no required suite is pending, or the bound of the environment (`github.wait-minutes`) is over; one
 * failed suite ends it at once. The trace says how long was waited. Rejects with the signal's reason when aborted.
 */
export async function gatherChecks({
  look,
  judged,
  policy,
  request,
  clock,
}: GatherChecksRequest): Promise<CheckList> {
  const { tests } = request.config;
  const { signal, tell } = request.waiting ?? {};
  const startedAt = Date.parse(clock.now());
  const boundMs = minutesOf(request) * MINUTE_MS;
  const elapsedMs = () => Date.parse(clock.now()) - startedAt;
  let told = '';
  for (let looks = 0; ; looks += 1) {
    const found = await look();
    const evidence = { ...judged, checks: found.checks, trace: [] };
    const verdict = judgeEvidence({ tests, policy, evidence, manifestSha256: null, now: clock.now() });
    const leftMs = boundMs - elapsedMs();
    if (verdict.kind !== 'pending' || leftMs <= 0) {
      return looks > 0 ? { ...found, trace: [...found.trace, waited(elapsedMs(), verdict)] } : found;
    }
    if (verdict.because !== told || looks % LOOKS_A_LINE === 0) {
      tell?.(`waiting for checks, ${Math.ceil(leftMs / MINUTE_MS)} min at most: ${verdict.because}`);
      told = verdict.because;
    }
    await clock.sleep(Math.min(LOOK_EVERY_MS, leftMs), signal);
  }
}

/** Only what may become final waits; a preview may say that it does not. */
function minutesOf({ config, environment, trigger, waiting }: GatherChecksRequest['request']): number {
  const asksToFinalize =
    trigger.kind === 'command'
      ? trigger.stages.includes('finalize') && trigger.force === null
      : trigger.kind === 'tag' || trigger.kind === 'manual';
  if (!asksToFinalize || !config.tests.finalizeWhenPassed) return 0;
  return waiting?.minutes ?? config.environments[environment]?.github?.waitMinutes ?? 0;
}

function waited(elapsedMs: number, { kind, because }: EvidenceVerdict): string {
  const minutes = Math.round(elapsedMs / 6_000) / 10;
  return kind === 'pending'
    ? `waited ${minutes} min, then gave up: ${because}`
    : `waited ${minutes} min for checks that still ran`;
}
