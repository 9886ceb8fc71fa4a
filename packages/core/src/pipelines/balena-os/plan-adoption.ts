import { type PlannedStep, planStep, REMOTE_RETRY } from '../../plan/step-ref.ts';
import { adoptArtifacts } from '../../steps/adopt-artifacts.ts';
import { keepArtifacts } from '../../steps/keep-artifacts.ts';
import type { AdoptedBuild } from './adoption-rules.ts';
import { builderDigest } from './builder-digest.ts';
import type { ReleaseContents } from './compose-contents.ts';
import { keptBuildPrefix } from './kept-builds.ts';
import { planCheck } from './plan-build-stage.ts';
import { settleBuild } from './settle-build.ts';
import type { Situation, StagedRelease } from './situation.ts';

/** The build stage of a release that publishes bytes built before: the checkout is checked, the bytes are fetched. */
export function planAdoption(
  situation: Situation,
  { prefix, manifestSha256 }: AdoptedBuild,
  labs: readonly string[],
) {
  const { slug } = situation.facts.deviceType;
  const checked = planCheck(situation, labs);
  const where = prefix ?? `deploy/${slug}/${situation.versionText}`;
  const adopted = planStep(adoptArtifacts, {
    id: 'adopt-artifacts',
    stage: 'build',
    summary: `take the tested bytes in ${where} instead of building`,
    with: { prefix, slug, version: situation.versionText, manifestSha256 },
    needs: [checked],
    retry: REMOTE_RETRY,
  });
  return { steps: [checked, adopted], staged: adopted, decisions: [] };
}

/** What a pull request built is kept for its tag, once its suites have passed. Nothing for any other event. */
export function planKeeping(
  situation: Situation,
  contents: ReleaseContents,
  { staged, tests }: { readonly staged: StagedRelease; readonly tests: readonly PlannedStep<unknown>[] },
): readonly PlannedStep<unknown>[] {
  const { facts, versionText } = situation;
  const { tree } = facts.source;
  if (!situation.wants.keep || tree === undefined) return [];
  const { services } = settleBuild(situation, contents);
  const builder = builderDigest({ deviceType: facts.deviceType, services, contents });
  const { slug } = facts.deviceType;
  const prefix = keptBuildPrefix({ slug, version: versionText, tree, builder });
  return [
    planStep(keepArtifacts, {
      id: 'keep-artifacts',
      // A test stage in which nothing is tested would look as if something had been.
      stage: tests.length === 0 ? 'build' : 'test',
      summary: `keep the built files in ${prefix} for the tag`,
      with: { prefix, slug, version: versionText, manifestSha256: staged.manifestSha256 },
      needs: [...staged.after, ...tests],
      retry: REMOTE_RETRY,
    }),
  ];
}
