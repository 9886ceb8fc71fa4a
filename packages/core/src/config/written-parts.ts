import { z } from 'zod';
import { PLAIN_PATH } from '../model/bitbake-names.ts';

/** Names of machines, device-type files and tiers. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9_.+-]*$/;
export const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
export const REGION = /^[a-z0-9-]+$/;
/** An http or https address without user, password, query and fragment. */
const ENDPOINT = /^https?:\/\/[^\s/@?#]+(\/[^\s?#]*)?$/;
const BELOW_ROOT = /^(?!.*\.\.)[^\s/][^\s]*$/;
/** The name of an environment variable, and of a variable of bitbake that gets its value from one. */
export const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A key with nothing after it is null in YAML: the section was begun and left empty. */
export const section = <Schema extends z.ZodType>(schema: Schema, description: string) =>
  schema.nullish().describe(description);

/** Optional text of a pattern; `message` says what it needs. */
export const matching = (pattern: RegExp, message: string, description: string) =>
  z.string().regex(pattern, message).optional().describe(description);

/** Optional http or https address. */
export const address = (description: string) =>
  matching(ENDPOINT, 'needs an http or https address without user and password', description);

/** Optional folder that bitbake can be told of, absolute or relative to the repository root. */
export const plainFolder = (description: string) =>
  matching(PLAIN_PATH, 'needs a path without blanks, quotes, "$" and "~"', description);

/** Optional path of a file or folder in the repository. */
export const pathBelowRoot = (description: string) =>
  matching(BELOW_ROOT, 'needs a path below the repository root', description);

/** Optional yes or no. */
export const choice = (description: string) =>
  z.boolean('needs true or false').optional().describe(description);

/** A map from names to values; a name that does not match is reported with `message`. */
export function named<Schema extends z.ZodType>(pattern: RegExp, message: string, values: Schema) {
  return z.record(z.string().regex(pattern, message), values, {
    error: (issue) => (issue.code === 'invalid_key' ? message : undefined),
  });
}

/** Where a secret comes from: the name of an environment variable. */
export const secretSource = z.strictObject(
  {
    env: z
      .string('needs the name of an environment variable')
      .regex(VARIABLE, 'needs the name of an environment variable; write no secret into this file')
      .describe('Environment variable that holds the secret.'),
  },
  'needs {env: NAME}, the name of an environment variable; write no secret into this file',
);

/** An optional secret with its own meaning. */
export const secret = (description: string) => secretSource.optional().describe(description);
