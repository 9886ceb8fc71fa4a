import type { Config } from '@osrel/core';
import type { Variables } from './detect-ci.ts';

/**
 * Names of the environment variables of configured secrets, of every environment, that are set in this process;
 * sorted. A gate refuses to run a fork's code where this is not empty. Values are not read further.
 */
export function listVisibleSecrets(
  environment: Variables,
  config: Pick<Config, 'environments'>,
): readonly string[] {
  const names = Object.values(config.environments).flatMap(({ secrets }) =>
    Object.values(secrets).map(({ env }) => env),
  );
  const visible = names.filter((name) => (environment[name] ?? '') !== '');
  return [...new Set(visible)].sort();
}
