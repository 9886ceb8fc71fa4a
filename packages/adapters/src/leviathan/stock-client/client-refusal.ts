import { badConfig, notPermitted, type OsrelError, refused, rigFailed } from '@osrel/core';
import type { DriveRequest } from '../drive-natively.ts';

/** Why the client ended before it had a rig, as the failure that it is. */
export function clientRefused(because: string, { request, account }: DriveRequest): OsrelError {
  const said = because.slice(0, 400);
  if (said.startsWith('No workers found')) {
    return refused('lab.no-such-rig', `no rig can test ${request.slug}: ${said}`, {
      hint: 'give a device of the fleets the tag DUT with that value, or correct tests.leviathan.fleets in osrel.yml',
    });
  }
  if (/Failed to authenticate|BalenaRequestError.*(401|403|Unauthorized|Forbidden)/i.test(said)) {
    return notPermitted(
      'lab.account-refused',
      `${account.apiHost} does not take the key of ${account.keyVariable}`,
      {
        hint: `export ${account.keyVariable}=..., a key of that balena`,
      },
    );
  }
  if (/^Configuration issues.*"deviceType"/.test(said)) {
    return refused(
      'lab.unknown-device-type',
      `${account.apiHost} knows no device type ${request.slug}: ${said}`,
      {
        hint: 'correct the slug, or take the suite out of tests.matrix in osrel.yml',
      },
    );
  }
  if (/^(Configuration issues|Invalid configuration)/.test(said)) {
    return badConfig(
      'lab.client-refused',
      `the stock client takes suite ${request.id} for misconfigured: ${said}`,
      {
        hint: 'correct tests.leviathan in osrel.yml',
      },
    );
  }
  if (said.startsWith('Cannot find module')) {
    return badConfig('lab.client-broken', `the stock client does not start: ${said}`, {
      hint: 'correct tests.leviathan.client in osrel.yml, and run npm install in that folder',
    });
  }
  return rigFailed(
    'lab.client-failed',
    `the stock client ended before it had a rig for ${request.id}: ${said}`,
    {
      hint: 'see what it printed in the log of this suite',
      retryable: true,
    },
  );
}
