import type { DeviceType, EsrTags } from '@osrel/core';
import type { Workspace } from './host.ts';

export interface EsrFleet {
  /** `<organization>/<slug>-esr`. */
  readonly application: string;
  readonly exists: boolean;
  readonly tags: EsrTags;
}

/** The ESR fleet of a device type and its three tags as they are (balena-automation 5.4). */
export async function readEsrFleet(
  { slug }: Pick<DeviceType, 'slug'>,
  { ports, config, environment }: Workspace,
): Promise<EsrFleet> {
  const organization = config.environments[environment]?.balena.organization ?? '';
  const application = `${organization}/${slug}-esr`;
  const found = await ports.hostappApplications.find(application);
  const read = (tag: string): string | null => found?.tags[tag] ?? null;
  return {
    application,
    exists: found !== undefined,
    tags: { next: read('esr-next'), current: read('esr-current'), sunset: read('esr-sunset') },
  };
}
