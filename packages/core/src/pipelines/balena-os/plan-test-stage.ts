import { evidencePolicyFor } from '../../config/evidence-policy.ts';
import type { Waiver } from '../../model/waiver.ts';
import { type PlannedStep, planStep } from '../../plan/step-ref.ts';
import { recordPullRequest } from '../../steps/record-pull-request.ts';
import { runSuite } from '../../steps/run-suite.ts';
import { imageArtifactsOf } from './image-variants.ts';
import { selectTestEntries } from './select-test-entries.ts';
import type { Situation, StagedRelease } from './situation.ts';

/** Without a limit in the matrix a suite may take two hours: the longest of the reference suites take about one. */
const DEFAULT_TIMEOUT_MINUTES = 120;

/** One step for each entry of the test matrix; suites on the embedded code host also let it know the pull request. */
export function planTestStage(situation: Situation, staged: StagedRelease): readonly PlannedStep<unknown>[] {
  const recorded = planRecord(situation);
  const needs = [...staged.after, ...recorded];
  return [
    ...recorded,
    ...selectTestEntries(situation.config.tests.matrix, situation.trigger).map((entry) =>
      planSuite(situation, staged, { entry, needs }),
    ),
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
  const { facts, config, trigger, versionText } = situation;
  const { slug, machine, arch } = facts.deviceType;
  const minutes = entry.timeoutMinutes ?? DEFAULT_TIMEOUT_MINUTES;
  const on = entry.lab === 'leviathan' ? ` on ${entry.worker}` : '';
  return planStep(runSuite, {
    id: `test-${entry.id}`,
    stage: 'test',
    summary: `run suite ${entry.suite} in lab ${entry.lab}${on}`,
    with: {
      id: entry.id,
      suite: entry.suite,
      lab: entry.lab,
      worker: entry.worker,
      command: [...(entry.command ?? [])],
      results: entry.results ?? 'tap',
      machine,
      slug,
      architecture: arch,
      version: versionText,
      sourceSha: situation.sourceSha,
      manifestSha256: staged.manifestSha256,
      image: imageName(situation, entry.testImage),
      environment: entry.environment ?? null,
      workerFleets: entry.workerFleets === undefined ? null : [...entry.workerFleets],
      testOrganization: entry.testOrganization ?? null,
      secureBoot: entry.secureBoot ?? false,
      testImage: entry.testImage ?? null,
      marker: entry.marker ?? null,
      retries: config.tests.retries,
      waivers: config.tests.waivers
        .filter((waiver) => holdsFor(waiver, entry.suite, slug))
        .map((waiver) => ({ ...waiver, deviceTypes: [...waiver.deviceTypes] })),
      minimum: evidencePolicyFor(config, facts.deviceType.fileBaseName).minimum[entry.suite] ?? 1,
      timeoutMs: minutes * 60_000,
      check: checkOf(situation, trigger),
    },
    needs,
  });
}

/** Whether the waiver could cover a failure of that suite on that device type, expired or not. */
function holdsFor({ suite, deviceTypes }: Waiver, wanted: string, slug: string): boolean {
  return (suite === null || suite === wanted) && (deviceTypes.length === 0 || deviceTypes.includes(slug));
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
