import { z } from 'zod';
import type { EVENT_ACTIONS, EVENT_NAMES } from './config.ts';
import { buildSection } from './written-build.ts';
import {
  address,
  BUCKET,
  choice,
  matching,
  NAME,
  named,
  REGION,
  secretSource,
  section,
} from './written-parts.ts';
import { evidenceSection, testsSection } from './written-tests.ts';

const ENVIRONMENT_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
const SECRET_NAME = /^[A-Za-z][A-Za-z0-9-]*$/;
const HOST =
  /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*(:[0-9]{1,5})?$/;
const KMS_KEY = /^[A-Za-z0-9:/_-]{1,2048}$/;
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
  tests: section(evidenceSection, 'What finalization asks for this machine, over its tier.'),
});

const github = z.strictObject({
  api: address('Address of the REST API; https://api.github.com when left out.'),
  checks: section(
    named(
      SUITE,
      'needs a suite name',
      z.array(z.string().min(1, 'needs the name of a check'), 'needs a list of check names'),
    ),
    'Names of the checks that prove a suite, by suite; `{slug}` and `{suite}` are filled in.',
  ),
  'wait-minutes': z
    .number('needs a number of minutes')
    .int('needs whole minutes')
    .min(0, 'needs 0 or more minutes')
    .max(360, 'needs at most 360 minutes')
    .optional()
    .describe('How long checks that still run are waited for.'),
  report: choice('Whether osrel reports its stages on the commit.'),
});

const machineImages = z.strictObject({
  region: matching(REGION, 'needs a region such as us-east-1', 'Region the images are made in.'),
  endpoint: address('Address of the EC2 API; left out for AWS.'),
  bucket: matching(BUCKET, 'needs a bucket name', 'Bucket that raw images pass through.'),
  'kms-key': matching(KMS_KEY, 'needs the id or ARN of a KMS key', 'Key that snapshots are encrypted with.'),
  architecture: z
    .enum(['x86_64', 'arm64'], 'needs "x86_64" or "arm64"')
    .optional()
    .describe('Processor architecture of the image.'),
  test: z
    .array(z.string().min(1, 'needs a word'), 'needs a list of words')
    .optional()
    .describe('Command that tests the image; its id is in OSREL_MACHINE_IMAGE.'),
});

const environment = z.strictObject({
  balena: section(
    z.strictObject({
      host: matching(HOST, 'needs a host name without a scheme', 'Host of the backend, without https://.'),
      organization: matching(SUITE, 'needs an organization handle', 'Organization that owns the hostapps.'),
      api: address('Address of the API; https://api.<host> when left out.'),
      registry: address('Address of the registry; https://registry2.<host> when left out.'),
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
      'path-style': choice(
        'Bucket in the path of addresses instead of the host name; true when an endpoint is named.',
      ),
      acl: z
        .enum(['canned', 'none'], 'needs "canned" or "none"')
        .optional()
        .describe(
          'Who may read: `canned` sets public-read or private on each object, `none` leaves it to the policy of the bucket.',
        ),
      encryption: z
        .enum(['AES256', 'aws:kms', 'none'], 'needs "AES256", "aws:kms" or "none"')
        .optional()
        .describe('Encryption at rest that is asked for; AES256 on AWS, none with an endpoint.'),
      'kms-key': matching(KMS_KEY, 'needs the id or ARN of a KMS key', 'Key for `encryption: aws:kms`.'),
    }),
    'The object store for images.',
  ),
  github: section(
    github,
    'The code host: pull requests, checks, reports. `{}` for GitHub with its defaults.',
  ),
  'machine-images': section(machineImages, 'Amazon machine images of the release.'),
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
    tests: section(testsSection, 'What is tested and what finalization asks for.'),
    artifacts: section(
      z.strictObject({
        keep: choice(
          'Whether the built files of a pull request are kept in the store for the tag that follows.',
        ),
        adopt: choice(
          'Whether a tag publishes kept, tested files of the same source tree instead of building again.',
        ),
      }),
      'Tested files of pull requests.',
    ),
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
export type WrittenStore = NonNullable<WrittenEnvironment['store']>;
export type WrittenGithub = z.infer<typeof github>;
export type WrittenMachineImages = z.infer<typeof machineImages>;
