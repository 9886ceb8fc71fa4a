import { z } from 'zod';
import type { EVENT_ACTIONS, EVENT_NAMES } from './config.ts';
import { buildSection } from './written-build.ts';
import { address, BUCKET, matching, NAME, named, REGION, secretSource, section } from './written-parts.ts';

const ENVIRONMENT_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
const SECRET_NAME = /^[A-Za-z][A-Za-z0-9-]*$/;
const HOST =
  /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*(:[0-9]{1,5})?$/;
const SUITE = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

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
  build: section(
    buildSection,
    'How this machine is built: the keys of `build`. Single values win over those, lists are added to them.',
  ),
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
      region: matching(REGION, 'needs a region such as us-east-1', 'Region of the bucket.'),
      endpoint: address('Address of an S3-compatible server; left out for AWS.'),
    }),
    'The object store for images.',
  ),
  secrets: section(
    named(SECRET_NAME, 'needs a secret name: letters, digits and dashes', secretSource),
    'Where secrets come from; never their values.',
  ),
});

const eventChoice = z
  .union([z.boolean(), z.enum(['yes', 'no', 'as-asked'])], 'needs true, false or as-asked')
  .optional();

const eventPolicy = z.strictObject({
  build: eventChoice.describe('Build the OS.'),
  'run-tests': eventChoice.describe('Run the test matrix.'),
  'deploy-hostapp': eventChoice.describe('Push the hostapp as a draft release.'),
  'deploy-s3': eventChoice.describe('Upload the images to the object store.'),
  'check-merge-tests': eventChoice.describe('Ask for passed tests of the merged pull request.'),
  'finalize-hostapp': eventChoice.describe('Finalize the release.'),
  'deploy-esr': eventChoice.describe('Move the ESR tags of the application.'),
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
    build: section(buildSection, 'How the OS is built.'),
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
