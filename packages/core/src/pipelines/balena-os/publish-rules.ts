import { conflict, refused } from '../../errors/osrel-error.ts';
import type { OsVersion } from '../../model/os-version.ts';
import { WITHDRAWN_TAG } from '../../model/release-tags.ts';
import { checkRevision } from '../../model/revision-rule.ts';
import type { Decision } from '../../plan/plan.ts';
import { checkApplication } from './application-rules.ts';
import type { BalenaOsFacts } from './facts.ts';
import type { Situation } from './situation.ts';
import { checkVersionTag } from './version-rules.ts';

/** Rules of the backend and of the published past, asked before hours are spent on a build. */
export function checkPublishable(situation: Situation): readonly Decision[] {
  const { facts, publishes, wants, own, sourceSha, version, versionText, target, trigger } = situation;
  if (!publishes) return [];
  checkApplication(facts);
  const privacy = checkPrivacy(facts);
  const aimsAtFinal = wants.finalize || wants.esr || trigger.kind === 'tag';
  if (!aimsAtFinal) return privacy;
  checkNotWithdrawn(situation);
  const other = facts.remote.releases.find(
    (release) =>
      release.isFinal && !release.isInvalidated && release.version === versionText && release.id !== own?.id,
  );
  if (other !== undefined) {
    throw conflict(
      'release.final-exists',
      `${target.application} ${versionText} is final already (release ${other.id}), from ${other.sourceSha?.slice(0, 9) ?? 'other source'}`,
      {
        hint: 'a final release is never replaced: raise VERSION, or withdraw that one first',
        details: { release: other.id, sourceSha: other.sourceSha },
      },
    );
  }
  const tag = checkVersionTag(facts, version, own?.sourceSha ?? sourceSha);
  if (own?.isFinal === true || !wants.finalize) return [...privacy, tag];
  return [...privacy, tag, checkNextRevision(facts, version)];
}

/** A withdrawn version never comes back under its name (invariant I7 of peers 4.2). */
function checkNotWithdrawn({ facts, versionText, target }: Situation): void {
  const withdrawn = facts.remote.releases.find(
    (release) => release.isFinal && release.isInvalidated && release.version === versionText,
  );
  if (withdrawn === undefined && facts.store.version !== 'withdrawn') return;
  const reason = withdrawn?.tags[WITHDRAWN_TAG];
  throw conflict(
    'release.withdrawn',
    `${target.application} ${versionText} was withdrawn${reason === undefined ? '' : `: ${reason}`}`,
    {
      hint: 'a withdrawn version is never offered again: raise VERSION and release that',
      details: { release: withdrawn?.id ?? null, reason: reason ?? null },
    },
  );
}

/** The server's revision rule (balena-workflow 7.3, W9): found out now, not after the build. */
function checkNextRevision(facts: BalenaOsFacts, version: OsVersion): Decision {
  const finals = facts.remote.releases
    .filter((release) => release.isFinal)
    .map((release) => ({ rawVersion: release.rawVersion }));
  const revision = checkRevision({ version, finals });
  if (revision.kind === 'ok')
    return {
      rule: 'release.revision',
      outcome: 'agree',
      because: `the server will give it revision ${revision.revision}`,
      stage: 'finalize',
    };
  throw conflict('release.revision', revision.because, {
    hint: revision.fix,
    details: { expected: revision.expected, asked: revision.asked },
  });
}

/** Who may read the files of this release: what is private at the backend is never public in the store. */
export function visibilityOf({ remote }: Pick<BalenaOsFacts, 'remote'>): 'public' | 'private' {
  if (remote.privacy !== 'unknown') return remote.privacy;
  return remote.createsMissing || remote.applicationIsPublic !== false ? 'public' : 'private';
}

function checkPrivacy(facts: BalenaOsFacts): readonly Decision[] {
  const { privacy, createsMissing, application, applicationIsPublic } = facts.remote;
  const { slug } = facts.deviceType;
  if (privacy !== 'unknown')
    return [
      {
        rule: 'device-type.privacy',
        outcome: privacy,
        because: `the backend says device type ${slug} is ${privacy}`,
      },
    ];
  if (createsMissing)
    return [
      {
        rule: 'device-type.privacy',
        outcome: 'public',
        because: `the embedded world knows nothing private about ${slug}`,
      },
    ];
  // An open-source backend keeps no privacy of device types; then nothing is more public than its application.
  if (applicationIsPublic !== null)
    return [
      {
        rule: 'device-type.privacy',
        outcome: visibilityOf(facts),
        because: `the backend keeps no privacy of device types, and application ${application} is ${visibilityOf(facts)}`,
      },
    ];
  throw refused(
    'device-type.unknown',
    `the backend does not know device type ${slug}, so whether its files may be public is not known`,
    {
      hint: 'check the slug in the device-type file, and the environment with --env',
    },
  );
}
