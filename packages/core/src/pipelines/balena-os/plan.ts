import { refused } from '../../errors/osrel-error.ts';
import type { Stage } from '../../model/stage.ts';
import { STAGES } from '../../model/stage.ts';
import type { Decision, Step, UnlinkedPlan } from '../../plan/plan.ts';
import { outputRef, type PlannedStep, type Refable } from '../../plan/step-ref.ts';
import type { PlanRequest } from '../../plan-release-types.ts';
import { composeContents, type ReleaseContents } from './compose-contents.ts';
import type { BalenaOsFacts } from './facts.ts';
import { finishedRelease } from './finished-release.ts';
import { planAdoption, planKeeping } from './plan-adoption.ts';
import { planBuildStage } from './plan-build-stage.ts';
import { planDeployStage } from './plan-deploy-stage.ts';
import { planEsrStage } from './plan-esr-stage.ts';
import { planFinalizeStage } from './plan-finalize-stage.ts';
import { planMachineImages } from './plan-machine-image-stage.ts';
import { planTestStage } from './plan-test-stage.ts';
import { selectTestEntries } from './select-test-entries.ts';
import { settleSituation } from './settle-situation.ts';
import type { Situation, StagedRelease } from './situation.ts';
import { isStagedFromSource } from './staged-source.ts';
import { planTargetOf, withDecisions } from './with-decisions.ts';

/**
 * The plan of one balena OS release: pure, so the same facts and request give the same bytes. Every stage that is left
 * out has a decision that says why.
 */
export function planBalenaOs(facts: BalenaOsFacts, request: PlanRequest): UnlinkedPlan {
  const { situation, decisions } = settleSituation(facts, request);
  const target = planTargetOf(facts.deviceType, situation.version);
  return withDecisions({ target, decisions }, () => {
    const finished = finishedRelease(situation);
    const laid = finished === undefined ? layOutSteps(situation) : { steps: [], decisions: [finished] };
    const steps = laid.steps.map((planned) => planned.step);
    return {
      system: 'balena-os',
      environment: situation.environment,
      target,
      trigger: situation.trigger,
      source: {
        sha: situation.sourceSha,
        repository: situation.trigger.repository ?? facts.source.repository,
      },
      stages: stagesOf(steps),
      steps,
      decisions: withStageDecisions([...decisions, ...laid.decisions], steps, finished),
    };
  });
}

interface LaidOut {
  readonly steps: readonly PlannedStep<unknown>[];
  readonly decisions: readonly Decision[];
}

function layOutSteps(situation: Situation): LaidOut {
  const { wants } = situation;
  const needsContents = wants.build || wants.hostapp;
  if (!needsContents && !wants.tests && !wants.store && !wants.finalize && !wants.esr)
    return { steps: [], decisions: [] };
  const contents = composeContents(situation.facts, situation);
  const labs = wants.tests ? labsOf(situation) : [];
  const build = wants.build ? planBuildOrAdoption(situation, contents, labs) : undefined;
  const staged = build === undefined ? stagedBefore(situation) : stagedBy(build.staged);
  const tests = wants.tests ? planTestStage(situation, needStaged(staged, 'test')) : [];
  const kept = wants.keep
    ? planKeeping(situation, contents, { staged: needStaged(staged, 'test'), tests })
    : [];
  const deploys = wants.hostapp || wants.store;
  const deploy = deploys
    ? planDeployStage(situation, contents, needPublishable(situation, needStaged(staged, 'deploy')))
    : undefined;
  const release =
    deploy?.releaseId == null
      ? ownRelease(situation)
      : { id: deploy.releaseId, manifest: needStaged(staged, 'deploy').manifestSha256 };
  const finalize = wants.finalize
    ? planFinalizeStage(situation, {
        releaseId: needRelease(situation, release, 'finalize').id,
        manifestSha256: needRelease(situation, release, 'finalize').manifest,
        services: servicesOf(situation, contents),
        after: [...tests, ...(deploy?.after ?? [])],
        inStore:
          wants.store ||
          situation.facts.store.version === 'incomplete' ||
          situation.facts.store.version === 'published',
      })
    : undefined;
  const images =
    finalize === undefined ? undefined : planMachineImages(situation, { staged, after: finalize.steps });
  const esr = planEsr(situation, release, finalize?.steps);
  return {
    steps: [
      ...(build?.steps ?? []),
      ...tests,
      ...kept,
      ...(deploy?.steps ?? []),
      ...(finalize?.steps ?? []),
      ...(images?.steps ?? []),
      ...(esr?.steps ?? []),
    ],
    decisions: [
      ...(needsContents ? contents.decisions : []),
      ...(build?.decisions ?? []),
      ...(finalize?.decisions ?? []),
      ...(images?.decisions ?? []),
      ...(esr?.decisions ?? []),
    ],
  };
}

function labsOf({ config, trigger }: Situation): readonly string[] {
  return [...new Set(selectTestEntries(config.tests.matrix, trigger).map((entry) => entry.lab))].sort();
}

function planBuildOrAdoption(situation: Situation, contents: ReleaseContents, labs: readonly string[]) {
  const { adopted } = situation;
  return adopted === undefined
    ? planBuildStage(situation, contents, labs)
    : planAdoption(situation, adopted, labs);
}

/** Whose images must be there: as composed now, or, for a named release of another version, as it was made. */
function servicesOf({ facts, own }: Situation, contents: ReleaseContents): readonly string[] {
  if (facts.named !== undefined && own !== null) return own.images.map((image) => image.service);
  return [...contents.matrix, ...contents.registryImages].map((entry) => entry.service);
}

interface KnownRelease {
  readonly id: Refable<number>;
  readonly manifest: Refable<string>;
}

function planEsr(
  situation: Situation,
  release: KnownRelease | undefined,
  finalSteps: readonly PlannedStep<unknown>[] | undefined,
): LaidOut | undefined {
  const { wants, own, trigger, versionText, target } = situation;
  if (!wants.esr) return undefined;
  const isFinal = own?.isFinal === true;
  if (finalSteps === undefined && !isFinal) {
    if (trigger.kind === 'command' && trigger.command === 'esr') {
      throw refused(
        'esr.draft',
        `${target.application} ${versionText} is not final: a draft never rotates ESR tags`,
        { hint: 'finalize it first: osrel finalize' },
      );
    }
    return {
      steps: [],
      decisions: [
        {
          rule: 'esr.final-only',
          outcome: 'skip',
          because: 'the release stays a draft, and a draft never rotates ESR tags',
          stage: 'esr',
        },
      ],
    };
  }
  return planEsrStage(situation, {
    releaseId: needRelease(situation, release, 'esr').id,
    after: finalSteps ?? [],
  });
}

function stagedBy(step: PlannedStep<{ readonly manifestSha256: string }>): StagedRelease {
  return { manifestSha256: outputRef(step, 'manifestSha256'), after: [step] };
}

/** The bytes that an earlier build of this very version and source left in the deploy folder. */
function stagedBefore(situation: Situation): StagedRelease | string {
  const { facts, sourceSha, versionText } = situation;
  const folder = `deploy/${facts.deviceType.slug}/${versionText}`;
  const found = facts.deployFolder;
  if (found === null) return `${folder} holds no build`;
  if (isStagedFromSource(situation)) return { manifestSha256: found.manifestSha256, after: [] };
  return `${folder} was built from ${found.sourceSha.slice(0, 9)}, the checkout is at ${sourceSha.slice(0, 9)}`;
}

function needStaged(staged: StagedRelease | string, stage: Stage): StagedRelease {
  if (typeof staged !== 'string') return staged;
  throw refused('stage.unmet-needs', `the ${stage} stage needs a build, and ${staged}`, {
    hint: 'build first: osrel build',
  });
}

function needPublishable(situation: Situation, staged: StagedRelease): StagedRelease {
  if (situation.wants.build || situation.facts.deployFolder?.dirty !== true) return staged;
  throw refused(
    'stage.unmet-needs',
    'the deploy folder was built from a tree with uncommitted changes, which is never published',
    {
      hint: 'commit, then build again: osrel build',
    },
  );
}

function ownRelease({ own, facts }: Situation): KnownRelease | undefined {
  if (own === null) return undefined;
  const manifest = facts.remote.manifestOfRelease[String(own.id)];
  return manifest === undefined ? undefined : { id: own.id, manifest };
}

function needRelease(situation: Situation, release: KnownRelease | undefined, stage: Stage): KnownRelease {
  if (release !== undefined) return release;
  const { own, target, versionText } = situation;
  const state =
    own === null
      ? 'there is no release of this source'
      : `release ${own.id} is not complete (it carries no release manifest)`;
  throw refused(
    'stage.unmet-needs',
    `the ${stage} stage needs a release of ${target.application} ${versionText}, and ${state}`,
    { hint: 'deploy first: osrel deploy' },
  );
}

function stagesOf(steps: readonly Step[]): UnlinkedPlan['stages'] {
  const running = new Set(steps.map((step) => step.stage));
  return Object.fromEntries(
    STAGES.map((stage) => [stage, running.has(stage) ? 'run' : 'skip']),
  ) as UnlinkedPlan['stages'];
}

/** Rules whose decision explains a stage's absence, the most telling first. */
const RULES_OF_STAGE: Readonly<Record<Stage, readonly string[]>> = {
  build: ['event.build'],
  test: ['event.run-tests'],
  deploy: ['event.deploy-hostapp', 'event.deploy-s3'],
  finalize: ['finalize.evidence', 'event.finalize-hostapp'],
  esr: ['esr.final-only', 'event.deploy-esr'],
};

/** Gives each skipped stage one decision of its own, copied from the rule that left it out. */
function withStageDecisions(
  decisions: readonly Decision[],
  steps: readonly Step[],
  finished: Decision | undefined,
): readonly Decision[] {
  const skipped = STAGES.filter((stage) => steps.every((step) => step.stage !== stage));
  const added = skipped.map((stage): Decision => {
    const reason =
      finished ??
      RULES_OF_STAGE[stage]
        .map((rule) => decisions.find((each) => each.rule === rule))
        .find((each) => each !== undefined);
    return {
      rule: `stage.${stage}`,
      outcome: 'skip',
      because: reason?.because ?? 'nothing asks for it',
      stage,
      ...(reason?.change === undefined ? {} : { change: reason.change }),
    };
  });
  return [...decisions, ...added];
}
