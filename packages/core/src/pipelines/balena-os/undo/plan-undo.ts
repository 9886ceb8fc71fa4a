import { conflict, refused } from '../../../errors/osrel-error.ts';
import { esrLineOf } from '../../../model/esr-line.ts';
import { esrTagsOf } from '../../../model/esr-tags.ts';
import {
  compareOsVersions,
  formatOsVersion,
  isEsrVersion,
  parseOsVersion,
} from '../../../model/os-version.ts';
import { STAGES, type Stage } from '../../../model/stage.ts';
import type { Trigger } from '../../../model/trigger.ts';
import type { Decision, UnlinkedPlan } from '../../../plan/plan.ts';
import { type PlannedStep, planStep, REMOTE_RETRY } from '../../../plan/step-ref.ts';
import type { PlanRequest } from '../../../plan-release-types.ts';
import { invalidateRelease } from '../../../steps/invalidate-release.ts';
import { markFolder } from '../../../steps/mark-folder.ts';
import { moveLatestBack } from '../../../steps/move-latest-back.ts';
import { recordInLedger } from '../../../steps/record-in-ledger.ts';
import { rotateEsrTags } from '../../../steps/rotate-esr-tags.ts';
import { findRecordedVersion } from '../recorded-version.ts';
import { withDecisions } from '../with-decisions.ts';
import { withoutEsrLine } from './esr-without-line.ts';
import { isOffered, type UndoFacts } from './undo-facts.ts';

type UndoTrigger = Extract<Trigger, { kind: 'undo' }>;

interface LaidOutUndo {
  readonly steps: readonly PlannedStep<unknown>[];
  readonly decisions: readonly Decision[];
}

/**
 * The plan that takes back a version or a move of `latest`: pure. The reason is written down first; then pointers stop
 * naming the version, then the version itself is taken out of every offer. Files stay where they are.
 * @throws refused and conflict errors, before anything is written
 */
export function planUndo(facts: UndoFacts, request: PlanRequest, trigger: UndoTrigger): UnlinkedPlan {
  const version = versionOf(facts, trigger);
  const { slug, machine } = facts.deviceType;
  const target = { machine, slug, version, esr: facts.esr };
  return withDecisions({ target, decisions: [] }, () => {
    const { steps, decisions } =
      trigger.action === 'withdraw'
        ? planWithdrawal(facts, version, trigger)
        : planRollback(facts, version, trigger);
    const running = new Set(steps.map(({ step }) => step.stage));
    return {
      system: 'balena-os',
      environment: request.environment,
      target,
      trigger,
      source: facts.source,
      stages: Object.fromEntries(
        STAGES.map((stage) => [stage, running.has(stage) ? 'run' : 'skip']),
      ) as UnlinkedPlan['stages'],
      steps: steps.map(({ step }) => step),
      decisions: [...decisions, ...skippedStages(running, trigger)],
    };
  });
}

function skippedStages(running: ReadonlySet<Stage>, { action }: UndoTrigger): readonly Decision[] {
  const because = action === 'withdraw' ? 'a withdrawal only takes back' : 'a rollback only moves latest';
  return STAGES.filter((stage) => !running.has(stage)).map((stage) => ({
    rule: `stage.${stage}`,
    outcome: 'skip',
    because,
    stage,
  }));
}

/** What is taken back: the version that was named, or the one that `latest` names. */
function versionOf({ latest, folder }: UndoFacts, trigger: UndoTrigger): string {
  if (trigger.action === 'withdraw' && trigger.version !== null)
    return formatOsVersion(parseOsVersion(trigger.version));
  if (latest !== null) return latest;
  throw refused('rollback.no-latest', `${folder}/latest does not exist, so there is nothing to roll back`, {
    hint: 'see what is published with: osrel status',
  });
}

function planWithdrawal(facts: UndoFacts, version: string, { reason }: UndoTrigger): LaidOutUndo {
  const releases = facts.finals.filter((release) => release.version === version);
  const folder = facts.published.find((each) => each.version === version);
  if (releases.length === 0 && folder === undefined) {
    const finals = facts.finals.map((release) => release.version).join(', ');
    throw refused(
      'withdraw.unknown',
      `${facts.application} ${version} was never published; final releases: ${finals === '' ? 'none' : finals}`,
      { hint: 'name one of them; a draft needs no withdrawal' },
    );
  }
  const replacement = facts.latest === version ? findReplacement(facts, version) : null;
  const ledger = planLedger(facts, { action: 'withdraw', version, replacement, reason });
  const latest =
    facts.latest === version ? [planLatest(facts, { version, to: replacement, needs: ledger })] : [];
  const esr = planEsrTags(facts, version, [...ledger, ...latest]);
  const pointers = [...ledger, ...latest, ...esr.steps];
  const invalidated = releases.map((release) =>
    planStep(invalidateRelease, {
      id: `invalidate-release-${release.id}`,
      stage: 'finalize',
      summary: `take release ${release.id} (${release.rawVersion}) out of every offer`,
      with: { releaseId: release.id, reason },
      needs: pointers,
      retry: REMOTE_RETRY,
    }),
  );
  const marked =
    folder === undefined ? [] : [planMark(facts, { version, state: 'withdrawn', reason, needs: pointers })];
  return {
    steps: [...pointers, ...invalidated, ...marked],
    decisions: [
      { rule: 'undo.latest', ...latestDecision(facts, version, replacement) },
      ...esr.decisions,
      ...(facts.hasStore ? [] : [NO_STORE]),
    ],
  };
}

const NO_STORE: Decision = {
  rule: 'undo.ledger',
  outcome: 'skip',
  because: 'the environment has no object store: the reason is kept on the release alone',
};

function planRollback(facts: UndoFacts, version: string, trigger: UndoTrigger): LaidOutUndo {
  const replacement =
    trigger.version === null
      ? findReplacement(facts, version)
      : checkReplacement(facts, version, formatOsVersion(parseOsVersion(trigger.version)));
  if (replacement === null) {
    throw refused(
      'rollback.nowhere',
      `no earlier version of ${facts.application} can be offered instead of ${version}`,
      {
        hint: 'see what is published with: osrel status; to take it out without a replacement: osrel withdraw',
      },
    );
  }
  const { reason } = trigger;
  const ledger = planLedger(facts, { action: 'rollback', version, replacement, reason });
  const held = planMark(facts, { version, state: 'held', reason, needs: ledger });
  const latest = planLatest(facts, { version, to: replacement, needs: [...ledger, held] });
  return {
    steps: [...ledger, held, latest],
    decisions: [{ rule: 'undo.latest', ...latestDecision(facts, version, replacement) }],
  };
}

function findReplacement(facts: UndoFacts, version: string): string | null {
  return (
    facts.published.find((each) => each.version !== version && isOffered(each, facts.finals))?.version ?? null
  );
}

function checkReplacement(facts: UndoFacts, version: string, wanted: string): string {
  const [from, to] = [findRecordedVersion(version), findRecordedVersion(wanted)];
  if (from !== undefined && to !== undefined && compareOsVersions(to, from) >= 0) {
    throw refused('rollback.forward', `latest is ${version}; ${wanted} is not before it`, {
      hint: 'a rollback only goes back; forward is a release',
    });
  }
  const found = facts.published.find((each) => each.version === wanted);
  if (found !== undefined && isOffered(found, facts.finals)) return wanted;
  const state =
    found === undefined ? 'is not in the store' : found.isHeld ? 'was rolled back' : `is ${found.state}`;
  const release = facts.finals.find((each) => each.version === wanted);
  const finality =
    release === undefined ? 'has no final release' : release.isInvalidated ? 'was withdrawn' : state;
  throw conflict('rollback.not-offered', `${facts.application} ${wanted} cannot be latest: it ${finality}`, {
    hint: 'name another version, or leave it out to take the newest that can be offered',
  });
}

function latestDecision(facts: UndoFacts, version: string, replacement: string | null) {
  if (facts.latest !== version)
    return { outcome: 'stay', because: `latest is ${facts.latest ?? 'not set'}, not ${version}` };
  return {
    outcome: 'move back',
    because:
      replacement === null
        ? `latest names ${version}, and no earlier version can be offered: the pointer goes away`
        : `latest names ${version}; the newest version before it that can be offered is ${replacement}`,
  };
}

function planLedger(
  facts: UndoFacts,
  entry: {
    readonly action: 'withdraw' | 'rollback';
    readonly version: string;
    readonly replacement: string | null;
    readonly reason: string;
  },
): readonly PlannedStep<unknown>[] {
  if (!facts.hasStore) return [];
  return [
    planStep(recordInLedger, {
      id: 'record-in-ledger',
      stage: 'finalize',
      summary: `write down why ${entry.version} is taken back`,
      with: { ...entry, folder: `ledger/${facts.folder}`, application: facts.application },
      retry: REMOTE_RETRY,
    }),
  ];
}

function planLatest(
  facts: UndoFacts,
  {
    version,
    to,
    needs,
  }: {
    readonly version: string;
    readonly to: string | null;
    readonly needs: readonly PlannedStep<unknown>[];
  },
): PlannedStep<unknown> {
  return planStep(moveLatestBack, {
    id: 'move-latest-back',
    stage: 'finalize',
    summary: `move latest from ${version} back to ${to ?? 'none'}`,
    with: { key: `${facts.folder}/latest`, from: version, to, visibility: facts.visibility },
    needs,
    retry: REMOTE_RETRY,
  });
}

function planMark(
  facts: UndoFacts,
  mark: {
    readonly version: string;
    readonly state: 'withdrawn' | 'held';
    readonly reason: string;
    readonly needs: readonly PlannedStep<unknown>[];
  },
): PlannedStep<unknown> {
  const { needs, ...content } = mark;
  const prefix = `${facts.folder}/${mark.version}`;
  return planStep(markFolder, {
    id: 'mark-folder',
    stage: 'finalize',
    summary: `mark ${prefix} as ${mark.state}`,
    with: { ...content, prefix, visibility: facts.visibility },
    needs,
    retry: REMOTE_RETRY,
  });
}

function planEsrTags(
  facts: UndoFacts,
  versionText: string,
  needs: readonly PlannedStep<unknown>[],
): LaidOutUndo {
  const version = parseOsVersion(versionText);
  if (!isEsrVersion(version)) return { steps: [], decisions: [] };
  const offered = facts.finals.flatMap((release) => {
    const other = findRecordedVersion(release.version);
    const isOther = other !== undefined && isEsrVersion(other) && release.version !== versionText;
    return isOther && !release.isInvalidated ? [esrLineOf(other)] : [];
  });
  const { before, after, changes, because } = withoutEsrLine(
    esrTagsOf(facts.applicationTags),
    esrLineOf(version),
    offered,
  );
  const outcome = changes.length === 0 ? 'unchanged' : 'move back';
  const decision: Decision = { rule: 'undo.esr-tags', outcome, because, stage: 'esr' };
  if (changes.length === 0) return { steps: [], decisions: [decision] };
  const step = planStep(rotateEsrTags, {
    id: 'restore-esr-tags',
    stage: 'esr',
    summary: changes.map(({ tag, from, to }) => `${tag} ${from ?? 'none'} -> ${to ?? 'none'}`).join(', '),
    with: {
      application: facts.application,
      before,
      after,
      changes: changes.map((change) => ({ ...change })),
    },
    needs,
    retry: REMOTE_RETRY,
  });
  return { steps: [step], decisions: [decision] };
}
