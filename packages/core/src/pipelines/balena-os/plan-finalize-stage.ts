import { OsrelError, refused } from '../../errors/osrel-error.ts';
import { compareOsVersions, parseRecordedVersion } from '../../model/os-version.ts';
import type { Decision } from '../../plan/plan.ts';
import { type PlannedStep, planStep, REMOTE_RETRY, type Refable } from '../../plan/step-ref.ts';
import { finalizeRelease } from '../../steps/finalize-release.ts';
import { moveLatest } from '../../steps/move-latest.ts';
import { publishImages } from '../../steps/publish-images.ts';
import { verifyRelease } from '../../steps/verify-release.ts';
import type { Situation } from './situation.ts';

export interface FinalizeRequest {
  readonly releaseId: Refable<number>;
  readonly manifestSha256: Refable<string>;
  readonly services: readonly string[];
  readonly after: readonly PlannedStep<unknown>[];
  /** Whether the version's files are, or will be, in the object store. */
  readonly inStore: boolean;
}

/** Verify as a consumer would, finalize, drop the marker, and only then move `latest` (W6, W22). */
export function planFinalizeStage(
  situation: Situation,
  request: FinalizeRequest,
): { readonly steps: readonly PlannedStep<unknown>[]; readonly decisions: readonly Decision[] } {
  const verified = planVerify(situation, request);
  const finalized = planStep(finalizeRelease, {
    id: 'finalize-release',
    stage: 'finalize',
    summary: `make ${situation.target.application} ${situation.versionText} final`,
    with: { releaseId: request.releaseId, tags: evidenceTags(situation) },
    needs: [verified],
    retry: REMOTE_RETRY,
  });
  if (!request.inStore) {
    const decision = {
      rule: 'store.publish',
      outcome: 'skip',
      because: 'the files of this release are not in the object store',
      stage: 'finalize' as const,
    };
    return { steps: [verified, finalized], decisions: [decision] };
  }
  const published = planStep(publishImages, {
    id: 'publish-images',
    stage: 'finalize',
    summary: `let readers see ${situation.target.prefix}`,
    with: { prefix: situation.target.prefix, manifestSha256: request.manifestSha256 },
    needs: [finalized],
    retry: REMOTE_RETRY,
  });
  const latest = planLatest(situation, published);
  return { steps: [verified, finalized, published, ...latest.steps], decisions: [latest.decision] };
}

function planVerify(situation: Situation, request: FinalizeRequest): PlannedStep<unknown> {
  const { imageKind, deployFlasherArtifact, deployRawArtifact } = situation.facts.deviceType;
  return planStep(verifyRelease, {
    id: 'verify-release',
    stage: 'finalize',
    summary: 'check draft, images and files as a consumer would see them',
    with: {
      releaseId: request.releaseId,
      version: situation.versionText,
      manifestSha256: request.manifestSha256,
      deviceType: {
        imageKind,
        ...(deployFlasherArtifact === undefined ? {} : { deployFlasherArtifact }),
        ...(deployRawArtifact === undefined ? {} : { deployRawArtifact }),
      },
      services: [...request.services],
      prefix: request.inStore ? situation.target.prefix : null,
    },
    needs: request.after,
    retry: REMOTE_RETRY,
  });
}

/** `latest` only ever moves forward; a version behind it is published without touching it (balena-workflow W6). */
function planLatest(
  situation: Situation,
  published: PlannedStep<unknown>,
): { readonly steps: readonly PlannedStep<unknown>[]; readonly decision: Decision } {
  const { facts, target, versionText, visibility } = situation;
  const { latest } = facts.store;
  if (facts.store.isHeld) {
    const because = `latest was rolled back from ${versionText}, and a rolled back version is not advertised again`;
    return { steps: [], decision: { rule: 'latest.held', outcome: 'skip', because, stage: 'finalize' } };
  }
  if (latest !== null && isBehind(situation, latest)) {
    const because = `latest is ${latest}, which is newer than ${versionText}`;
    return { steps: [], decision: { rule: 'latest.order', outcome: 'skip', because, stage: 'finalize' } };
  }
  const step = planStep(moveLatest, {
    id: 'move-latest',
    stage: 'finalize',
    summary: `move latest from ${latest ?? 'none'} to ${versionText}`,
    with: { key: target.latestKey, version: versionText, visibility },
    needs: [published],
    retry: REMOTE_RETRY,
  });
  return {
    steps: [step],
    decision: {
      rule: 'latest.order',
      outcome: 'move',
      because: `latest is ${latest ?? 'not set'}, so it moves forward`,
      stage: 'finalize',
    },
  };
}

function isBehind(situation: Situation, latest: string): boolean {
  try {
    return compareOsVersions(parseRecordedVersion(latest), situation.version) > 0;
  } catch (error) {
    if (!(error instanceof OsrelError)) throw error;
    throw refused(
      'store.latest-malformed',
      `${situation.target.latestKey} says "${latest.slice(0, 80)}", which cannot be compared with ${situation.versionText}`,
      {
        hint: 'look at it and correct it by hand: it decides what every device is offered',
        cause: error,
      },
    );
  }
}

/** What stays on the release for good: why it was allowed to become final. */
function evidenceTags(situation: Situation): Record<string, string> {
  const { finalization } = situation;
  if (finalization.outcome === 'draft') return {};
  return { [finalization.forced === null ? 'osrel-evidence' : 'osrel-forced']: finalization.record };
}
