import { type BuildSettings, badConfig } from '@osrel/core';

type Variables = Readonly<Record<string, string>>;
type SecretVariables = BuildSettings['secretVariables'];

/** What bitbake calls the list of further variables it takes from its environment; renamed in 2.0. */
export type PassthroughName = 'BB_ENV_PASSTHROUGH_ADDITIONS' | 'BB_ENV_EXTRAWHITE';

export const HIDDEN_VALUE = '***';

/** The environment as it may be shown: every secret variable of bitbake is there, as `***`. */
export function hideSecretVariables(
  environment: Variables,
  secrets: SecretVariables,
  passthrough: PassthroughName,
): Variables {
  const hidden = Object.fromEntries(secrets.map(({ name }) => [name, HIDDEN_VALUE]));
  return passNames({ ...environment, ...hidden }, Object.keys(hidden), passthrough);
}

/**
 * The environment with the values of the secrets, which bitbake takes from there and no file ever holds.
 * `available` is the environment that has them. Throws config `build.secret-missing`, naming all that are missing.
 */
export function passSecretVariables(
  environment: Variables,
  secrets: SecretVariables,
  {
    available,
    passthrough,
  }: {
    readonly available: Readonly<Record<string, string | undefined>>;
    readonly passthrough: PassthroughName;
  },
): Variables {
  const values = secretValues(secrets, available);
  return passNames({ ...environment, ...values }, Object.keys(values), passthrough);
}

/** The values by the name bitbake has for each. Throws config `build.secret-missing`, naming all that are missing. */
export function secretValues(
  secrets: SecretVariables,
  available: Readonly<Record<string, string | undefined>>,
): Variables {
  const missing = secrets.filter(({ env }) => (available[env] ?? '') === '');
  if (missing.length > 0) throw secretMissing(missing);
  return Object.fromEntries(secrets.map(({ name, env }) => [name, available[env] ?? '']));
}

/**
 * Lets bitbake take these variables from its environment, besides those that are let through already. The order is
 * always the same, so that the list itself changes nothing between two builds.
 */
export function passNames(
  environment: Variables,
  names: readonly string[],
  passthrough: PassthroughName,
): Variables {
  if (names.length === 0) return environment;
  const before = (environment[passthrough] ?? '').split(/\s+/).filter((name) => name !== '');
  return { ...environment, [passthrough]: [...new Set([...before, ...names])].sort().join(' ') };
}

function secretMissing(missing: SecretVariables): Error {
  const names = missing.map(({ env }) => env).join(', ');
  return badConfig(
    'build.secret-missing',
    `the build needs secrets that are not in the environment: ${names}`,
    {
      hint: 'export each of them (in CI: from its secret store), or remove its entry from osrel.yml',
      problems: missing.map(({ name, env }) => ({
        at: env,
        message: `${env} is unset or empty; bitbake variable ${name} is to have its value`,
      })),
    },
  );
}
