import { esrTagsOf } from '../../model/esr-tags.ts';
import { compareOsVersions, isEsrVersion, parseRecordedVersion } from '../../model/os-version.ts';
import type { Decision } from '../../plan/plan.ts';
import { planEsrRotation } from './esr-rotation.ts';
import { isMachineImageDue } from './machine-image-rules.ts';
import type { Situation } from './situation.ts';

/**
 * The decision that nothing is left to do: this very source is final under this version, its files are published, and
 * no pointer is behind. Undefined when anything is missing; then the plan is laid out and its probes adopt what is done.
 */
export function finishedRelease(situation: Situation): Decision | undefined {
  const { own, wants, facts, version, versionText, target } = situation;
  if (own?.isFinal !== true || !(wants.finalize || wants.esr)) return undefined;
  const manifest = facts.remote.manifestOfRelease[String(own.id)];
  const isInStore = facts.store.version === 'published' && facts.store.manifestSha256 === manifest;
  const isLatestDone = facts.store.isHeld || isReached(facts.store.latest, situation);
  if (wants.store && !(isInStore && isLatestDone)) return undefined;
  if (!wants.store && wants.finalize && facts.store.version === 'incomplete') return undefined;
  if (isMachineImageDue(situation)) return undefined;
  if (wants.esr && isEsrVersion(version)) {
    const rotation = planEsrRotation(esrTagsOf(facts.remote.applicationTags), version);
    if (rotation.changes.length > 0 || own.tags.version !== versionText) return undefined;
  }
  return {
    rule: 'release.finished',
    outcome: 'nothing to do',
    because: `${target.application} ${versionText} is final (release ${own.id}, ${own.rawVersion}) and everything of it is published`,
  };
}

function isReached(latest: string | null, { version }: Situation): boolean {
  return latest !== null && compareOsVersions(parseRecordedVersion(latest), version) >= 0;
}
