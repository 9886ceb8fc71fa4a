import type { Ports } from '@osrel/core';
import { createBalenaClient } from './balena-client.ts';
import type { BalenaOptions } from './balena-options.ts';
import { createBalenaApplications } from './create-balena-applications.ts';
import { createBalenaReleaseAssets } from './create-balena-release-assets.ts';
import { createBalenaReleases } from './create-balena-releases.ts';

/** The ports that a balena backend is behind. */
export type BalenaWorld = Pick<Ports, 'hostappApplications' | 'hostappReleases' | 'releaseAssets'>;

/** Wires a balena backend. Nothing is loaded, read or asked before the first call. */
export function createBalenaWorld(options: BalenaOptions): BalenaWorld {
  const client = createBalenaClient(options);
  const { clock, silenceMs } = options;
  return {
    hostappApplications: createBalenaApplications(client, clock),
    hostappReleases: createBalenaReleases(client, options),
    releaseAssets: createBalenaReleaseAssets({
      client,
      clock,
      ...(silenceMs === undefined ? {} : { silenceMs }),
    }),
  };
}
