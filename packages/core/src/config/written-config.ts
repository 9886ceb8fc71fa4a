import { z } from 'zod';
import type { EVENT_ACTIONS, EVENT_NAMES } from './config.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.+-]*$/;
const ENVIRONMENT_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
const SECRET_NAME = /^[A-Za-z][A-Za-z0-9-]*$/;
const HOST =
  /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*(:[0-9]{1,5})?$/;
const ENDPOINT = /^https?:\/\/[^\s/@?#]+(\/[^\s?#]*)?$/;
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const SUITE = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

// A key with nothing after it is null in YAML: the section was begun and left empty.
const section = <Schema extends z.ZodType>(schema: Schema, description: string) =>
  schema.nullish().describe(description);

const matching = (pattern: RegExp, message: string, description: string) =>
  z.string().regex(pattern, message).optional().describe(description);

/** A map from names to values; a name that does not match is reported with `message`. */
function named<Schema extends z.ZodType>(pattern: RegExp, message: string, values: Schema) {
  return z.record(z.string().regex(pattern, message), values, {
    error: (issue) => (issue.code === 'invalid_key' ? message : undefined),
  });
}

const buildArguments = z
  .array(z.string().min(1, 'must not be empty'))
  .optional()
  .describe('Extra arguments for the front end of the build, one a list item.');

const machine = z.strictObject({
  slug: matching(
    NAME,
    'needs a device-type file name without its ending',
    'Base name of the device-type file; the machine when left out.',
  ),
  'device-type': matching(
    NAME,
    'needs a device-type file name without its ending',
    'Another spelling of `slug`.',
  ),
  tier: matching(NAME, 'needs a word such as blocker', 'How much a failure of this machine weighs.'),
  build: section(z.strictObject({ args: buildArguments }), 'How this machine is built.'),
});

const build = z.strictObject({
  frontend: z
    .enum(['barys'], 'needs "barys", the only front end this version drives')
    .optional()
    .describe('Program that starts bitbake.'),
  args: buildArguments,
});

const tests = z.strictObject({
  required: z
    .array(z.string().regex(SUITE, 'needs a suite name: letters, digits, dot, dash, underscore'))
    .optional()
    .describe('Suites whose passed run a finalization asks for.'),
  matrix: z
    .union(
      [z.array(z.unknown()), z.record(z.string(), z.unknown()), z.string()],
      'needs a list of tests, an object with "include", or lists to combine',
    )
    .nullish()
    .describe('Tests to run: a list, `{include: [...]}`, lists to combine, or JSON text of these.'),
  'finalize-when-passed': z
    .boolean('needs true or false')
    .optional()
    .describe('Whether a tag is finalized by itself once its tests passed.'),
});

const secretSource = z.strictObject(
  {
    env: z
      .string('needs the name of an environment variable')
      .regex(VARIABLE, 'needs the name of an environment variable; write no secret into this file')
      .describe('Environment variable that holds the secret.'),
  },
  'needs {env: NAME}, the name of an environment variable; write no secret into this file',
);

const environment = z.strictObject({
  balena: section(
    z.strictObject({
      host: matching(HOST, 'needs a host name without a scheme', 'Host of the backend, without https://.'),
      organization: matching(SUITE, 'needs an organization handle', 'Organization that owns the hostapps.'),
    }),
    'The balena backend.',
  ),
  store: section(
    z.strictObject({
      kind: z
        .enum(['s3', 'directory'], 'needs "s3" (or "directory" in environment local)')
        .optional()
        .describe('Kind of object store.'),
      bucket: matching(BUCKET, 'needs a bucket name', 'Bucket that the images go to.'),
      region: matching(/^[a-z0-9-]+$/, 'needs a region such as us-east-1', 'Region of the bucket.'),
      endpoint: matching(
        ENDPOINT,
        'needs an http or https address without user and password',
        'Address of an S3-compatible server; left out for AWS.',
      ),
    }),
    'The object store for images.',
  ),
  secrets: section(
    named(SECRET_NAME, 'needs a secret name: letters, digits and dashes', secretSource),
    'Where secrets come from; never their values.',
  ),
});

const choice = z
  .union([z.boolean(), z.enum(['yes', 'no', 'as-asked'])], 'needs true, false or as-asked')
  .optional();

const eventPolicy = z.strictObject({
  build: choice.describe('Build the OS.'),
  'run-tests': choice.describe('Run the test matrix.'),
  'deploy-hostapp': choice.describe('Push the hostapp as a draft release.'),
  'deploy-s3': choice.describe('Upload the images to the object store.'),
  'check-merge-tests': choice.describe('Ask for passed tests of the merged pull request.'),
  'finalize-hostapp': choice.describe('Finalize the release.'),
  'deploy-esr': choice.describe('Move the ESR tags of the application.'),
} satisfies Record<(typeof EVENT_ACTIONS)[number], unknown>);

const events = z.strictObject({
  'pull-request': section(eventPolicy, 'A pull request was opened or changed.'),
  tag: section(eventPolicy, 'A version tag was pushed.'),
  'esr-tag': section(eventPolicy, 'A tag with an ESR version was pushed.'),
  manual: section(eventPolicy, 'A person started the pipeline.'),
  branch: section(eventPolicy, 'A branch was pushed.'),
  schedule: section(eventPolicy, 'A timer started the pipeline.'),
} satisfies Record<(typeof EVENT_NAMES)[number], unknown>);

/**
 * What `osrel.yml` may say: closed, an unknown key is an error. The matrix is judged by `parseTestMatrix`,
 * rules between keys by `checkConfigRules`.
 */
export const writtenConfigSchema = z.strictObject(
  {
    system: z
      .enum(['balena-os'], 'needs "balena-os", the only release system of this version')
      .optional()
      .describe('The release system.'),
    machines: section(
      named(NAME, 'needs a machine name: letters, digits, dot, dash, underscore', machine.nullish()),
      'Machines to release; every device type of the repository when left out.',
    ),
    build: section(build, 'How the OS is built.'),
    tests: section(tests, 'What is tested and what finalization asks for.'),
    composition: section(
      z.strictObject({
        'merge-arrays': z
          .enum(['replace', 'by-index'], 'needs "replace" or "by-index"')
          .optional()
          .describe('How lists of a machine’s composition meet those of the base.'),
      }),
      'How compositions are merged.',
    ),
    environments: section(
      named(ENVIRONMENT_NAME, 'needs an environment name', environment.nullish()),
      'Deployment targets. `local` always exists and needs no account.',
    ),
    environment: matching(
      ENVIRONMENT_NAME,
      'needs the name of an environment',
      'Environment used when no flag names one.',
    ),
    events: section(events, 'What `osrel auto` does for each event.'),
  },
  { error: (issue) => (issue.code === 'invalid_type' ? 'needs a map of keys' : undefined) },
);

/** `osrel.yml` as it was written, before defaults. */
export type WrittenConfig = z.infer<typeof writtenConfigSchema>;
export type WrittenEnvironment = z.infer<typeof environment>;
export type WrittenMachine = z.infer<typeof machine>;
