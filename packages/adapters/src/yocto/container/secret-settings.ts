import { type BuildSettings, badConfig } from '@osrel/core';
import { renderAssignment } from '../settings/assignment.ts';
import { secretValues } from '../settings/secret-variables.ts';

type HostVariables = Readonly<Record<string, string | undefined>>;

/**
 * The settings file with the values of the secret variables, one assignment a line; empty without secrets. Variables
 * would not do: the entry script starts barys through sudo, which drops them. Throws config `build.secret-missing`.
 */
export function renderSecretSettings(
  secrets: BuildSettings['secretVariables'],
  token: { readonly name: string; readonly value: string } | undefined,
  available: HostVariables,
): string {
  const values = secretValues(secrets, available);
  const own = secrets.map(({ name }) => ({ name, value: values[name] ?? '' }));
  const isGivenOtherwise = secrets.some(({ name }) => name === token?.name);
  return [...(token === undefined || isGivenOtherwise ? [] : [token]), ...own]
    .map(({ name, value }) => `${renderAssignment({ name, operator: '=', value })}\n`)
    .join('');
}

/** A token for the backend, if the caller has one. Throws config `container.malformed-token` on one of several lines. */
export function findToken(variable: string | undefined, available: HostVariables): string | undefined {
  const value = variable === undefined ? undefined : available[variable]?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^[\x21-\x7e]+$/.test(value)) return value;
  throw badConfig(
    'container.malformed-token',
    `the token in ${variable} has spaces, line ends or odd characters`,
    {
      hint: `set ${variable} again, or unset it: the build needs a token for private applications only`,
    },
  );
}
