import { type PlannedStep, planStep } from '../../plan/step-ref.ts';
import { recordPullRequest } from '../../steps/record-pull-request.ts';
import { runSuite } from '../../steps/run-suite.ts';
import { imageArtifactsOf } from './image-variants.ts';
import type { Situation, StagedRelease } from './situation.ts';

/** Without a limit in the matrix a suite may take two hours: the longest of the reference suites take about one. */
const DEFAULT_TIMEOUT_MINUTES = 120;

/** One step for each entry of the test matrix; suites on the embedded code host also let it know the pull request. */
export function planTestStage(situation: Situation, staged: StagedRelease): readonly PlannedStep<unknown>[] {
  const recorded = planRecord(situation);
  const needs = [...staged.after, ...recorded];
  return [
    ...recorded,
    ...situation.config.tests.matrix.map((entry) => planSuite(situation, staged, { entry, needs })),
  ];
}

function planSuite(
  situation: Situation,
  staged: StagedRelease,
  {
    entry,
    needs,
  }: {
    readonly entry: Situation['config']['tests']['matrix'][number];
    readonly needs: readonly PlannedStep<unknown>[];
  },
): PlannedStep<unknown> {
  const { facts, trigger, versionText } = situation;
  const minutes = entry.timeoutMinutes ?? DEFAULT_TIMEOUT_MINUTES;
  return planStep(runSuite, {
    id: `test-${entry.id}`,
    stage: 'test',
    summary: `run suite ${entry.suite} in lab ${entry.lab}${entry.worker === '' || entry.lab === 'command' ? '' : ` on ${entry.worker}`}`,
    with: {
      id: entry.id,
      suite: entry.suite,
      lab: entry.lab,
      command: [...(entry.command ?? [])],
      results: entry.results ?? 'tap',
      machine: facts.deviceType.machine,
      slug: facts.deviceType.slug,
      version: versionText,
      sourceSha: situation.sourceSha,
      manifestSha256: staged.manifestSha256,
      image: imageName(situation, entry.testImage),
      timeoutMs: minutes * 60_000,
      check: checkOf(situation, trigger),
    },
    needs,
  });
}

function planRecord(situation: Situation): readonly PlannedStep<unknown>[] {
  const { trigger, config, environment } = situation;
  if (trigger.kind !== 'pull-request' || config.environments[environment]?.kind !== 'local') return [];
  const { repository, number, headSha, headRef, baseRef, title } = trigger;
  const recorded = planStep(recordPullRequest, {
    id: 'record-pull-request',
    stage: 'test',
    summary: `let the embedded code host know pull request #${number}`,
    with: { repository, pullRequest: { number, headSha, headRef, baseRef, title, mergeSha: null } },
  });
  return [recorded];
}

/** Null where no code host is asked, or where the job of a fork's pull request may not write to it. */
function checkOf({ config, environment, facts, ...situation }: Situation, trigger: Situation['trigger']) {
  const repository = trigger.repository ?? facts.source.repository;
  const chosen = config.environments[environment];
  const isEmbedded = chosen?.kind === 'local';
  const isFork = trigger.kind === 'pull-request' && trigger.origin === 'fork';
  if (repository === null || (!isEmbedded && (chosen?.github == null || isFork))) return null;
  return { repository, headSha: trigger.kind === 'pull-request' ? trigger.headSha : situation.sourceSha };
}

function imageName(situation: Situation, testImage: string | undefined): string | null {
  const { variants } = imageArtifactsOf(situation.facts.deviceType);
  const wanted = variants.find((variant) => variant.name === `image/${testImage ?? 'balena.img'}`);
  return wanted?.name ?? null;
}
