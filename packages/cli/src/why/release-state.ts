import {
  type HostappRelease,
  type PlanTarget,
  parseRecordedVersion,
  releaseTargetOf,
  WITHDRAWN_TAG,
} from '@osrel/core';
import type { Workspace } from '../host.ts';
import type { Reason } from './reason.ts';

/** What the backend says of a version now: final, a draft, or nothing; the first thing to know about it. */
export async function readReleaseState(
  target: Partial<PlanTarget>,
  workspace: Workspace,
): Promise<readonly Reason[]> {
  const { slug, version } = target;
  if (slug === undefined || version === undefined) return [];
  const { config, environment, ports } = workspace;
  const organization = config.environments[environment]?.balena.organization ?? '';
  const { application } = releaseTargetOf({ slug }, parseRecordedVersion(version), organization);
  const known = await ports.hostappApplications.find(application);
  const releases = known === undefined ? [] : await ports.hostappReleases.list(application);
  const all = releases.filter((release) => release.version === version);
  const own = all.filter((release) => !release.isInvalidated);
  const withdrawn = all.find((release) => release.isFinal && release.isInvalidated);
  const state =
    withdrawn === undefined || own.some((release) => release.isFinal)
      ? describe(own)
      : describeWithdrawn(withdrawn);
  return [{ about: `${application} ${version}`, ...state, change: null }];
}

function describeWithdrawn({ id, tags }: HostappRelease): Pick<Reason, 'outcome' | 'because'> {
  const reason = tags[WITHDRAWN_TAG];
  const because = `release ${id} was withdrawn${reason === undefined ? '' : `: ${reason}`}`;
  return { outcome: 'withdrawn', because };
}

function describe(releases: readonly HostappRelease[]): Pick<Reason, 'outcome' | 'because'> {
  const final = releases.find((release) => release.isFinal);
  if (final !== undefined) {
    const why = final.tags['osrel-forced'] ?? final.tags['osrel-evidence'];
    const how = final.tags['osrel-forced'] === undefined ? 'because' : 'forced:';
    return {
      outcome: 'final',
      because: `release ${final.id} (${final.rawVersion})${why === undefined ? '' : ` is final, ${how} ${why}`}`,
    };
  }
  const ids = releases.map((release) => release.id).join(', ');
  if (releases.length > 0) return { outcome: 'draft', because: `not final; draft ${ids}` };
  return { outcome: 'none', because: 'no release of this version was made' };
}
