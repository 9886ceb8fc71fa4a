import type { DeviceType } from '../../model/device-type.ts';
import { digestOfJson } from '../../model/json.ts';
import { formatOsVersion, type OsVersion } from '../../model/os-version.ts';

/** The names one release goes by in the backends (balena-workflow 3.8 and 6.2). */
export interface ReleaseTarget {
  /** `<organization>/<slug>`, with `-esr` for an ESR version. */
  readonly application: string;
  /** `images/<slug>/<version>` or `esr-images/<slug>/<version>`, without a slash at the end. */
  readonly prefix: string;
  readonly latestKey: string;
  readonly esr: boolean;
}

/** @param organization handle of the organization that owns the hostapp applications */
export function releaseTargetOf(
  deviceType: Pick<DeviceType, 'slug'>,
  version: OsVersion,
  organization: string,
): ReleaseTarget {
  const esr = version.kind === 'esr';
  const root = esr ? 'esr-images' : 'images';
  return {
    application: `${organization}/${deviceType.slug}${esr ? '-esr' : ''}`,
    prefix: `${root}/${deviceType.slug}/${formatOsVersion(version)}`,
    latestKey: `${root}/${deviceType.slug}/latest`,
    esr,
  };
}

/**
 * The mark that a draft carries so that a later run knows it as its own: digest of application, version and source
 * commit (hex sha256). Two plans for the same release have the same mark; the same version from other source has not.
 */
export function releaseMark(application: string, version: string, sourceSha: string): string {
  return digestOfJson({ application, version, sourceSha });
}
