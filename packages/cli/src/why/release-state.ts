import { type HostappRelease, type PlanTarget, parseRecordedVersion, releaseTargetOf } from '@osrel/core';
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
  const own = releases.filter((release) => release.version === version && !release.isInvalidated);
  return [{ about: `${application} ${version}`, ...describe(own), change: null }];
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
