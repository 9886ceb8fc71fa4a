import { esrTagsOf } from '../../model/esr-tags.ts';
import { isEsrVersion } from '../../model/os-version.ts';
import type { Decision } from '../../plan/plan.ts';
import { type PlannedStep, planStep, REMOTE_RETRY, type Refable } from '../../plan/step-ref.ts';
import { rotateEsrTags } from '../../steps/rotate-esr-tags.ts';
import { tagRelease } from '../../steps/tag-release.ts';
import { planEsrRotation } from './esr-rotation.ts';
import type { Situation } from './situation.ts';

export interface EsrRequest {
  readonly releaseId: Refable<number>;
  /** What makes the release final; empty when it is. */
  readonly after: readonly PlannedStep<unknown>[];
}

/** Tags the final release for ESR readers and rotates the fleet's lines (balena-automation 5.4). */
export function planEsrStage(
  situation: Situation,
  request: EsrRequest,
): { readonly steps: readonly PlannedStep<unknown>[]; readonly decisions: readonly Decision[] } {
  const { version, versionText, facts, target } = situation;
  if (!isEsrVersion(version)) throw new Error(`the esr stage was planned for ${versionText}`);
  const rotation = planEsrRotation(esrTagsOf(facts.remote.applicationTags), version);
  const tagged = planStep(tagRelease, {
    id: 'tag-release',
    stage: 'esr',
    summary: `tag the release with version ${versionText}`,
    with: {
      releaseId: request.releaseId,
      tags: {
        version: versionText,
        ...(facts.metaBalenaVersion === null ? {} : { 'meta-balena-base': facts.metaBalenaVersion }),
      },
    },
    needs: request.after,
    retry: REMOTE_RETRY,
  });
  const decision: Decision = {
    rule: 'esr.rotation',
    outcome: rotation.outcome,
    because: rotation.because,
    stage: 'esr',
  };
  if (rotation.changes.length === 0) return { steps: [tagged], decisions: [decision] };
  const rotated = planStep(rotateEsrTags, {
    id: 'rotate-esr-tags',
    stage: 'esr',
    summary: rotation.changes
      .map((change) => `${change.tag} ${change.from ?? 'none'} -> ${change.to}`)
      .join(', '),
    with: {
      application: target.application,
      before: rotation.before,
      after: rotation.after,
      changes: rotation.changes.map((change) => ({ ...change })),
    },
    needs: [tagged],
    retry: REMOTE_RETRY,
  });
  return { steps: [tagged, rotated], decisions: [decision] };
}
