import { z } from 'zod';
import { address, choice, matching, NAME, named, pathBelowRoot, section } from './written-parts.ts';

const SUITE = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
const SUITE_RULE = 'needs a suite name: letters, digits, dot, dash, underscore';
const ORGANIZATION = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
const FLEET = /^[A-Za-z0-9_.-]+\/[A-Za-z0-9_.-]+$/;
const MEMORY = /^[1-9][0-9]*[MG]$/;
const HOST = /^[A-Za-z0-9][A-Za-z0-9.-]*$/;
const PUBLIC_KEY = /^[A-Za-z0-9+/]{43}=$/;
const IMAGE = /^[^\s@]+@sha256:[0-9a-f]{64}$/;

const text = z.string('needs a text').trim().min(1, 'must not be empty');

const suites = z.array(z.string().regex(SUITE, SUITE_RULE)).optional();

/** A number of tests, minutes or rigs. */
const whole = (from: number, to: number, description: string) =>
  z
    .number(`needs a whole number from ${from} to ${to}`)
    .int('needs a whole number')
    .min(from, `needs at least ${from}`)
    .max(to, `needs at most ${to}`)
    .optional()
    .describe(description);

const expression = z.string('needs a regular expression').superRefine((source, check) => {
  try {
    new RegExp(source, 'u');
  } catch (error) {
    check.addIssue(
      `is no regular expression: ${error instanceof Error ? error.message.split(': ').at(-1) : error}`,
    );
  }
});

const evidenceKeys = {
  required: suites.describe('Suites whose passed run a finalization asks for.'),
  minimum: section(
    named(SUITE, SUITE_RULE, z.number('needs a number of tests').int().min(1, 'needs 1 or more tests')),
    'Tests of a suite that must have passed at least, by suite; one where nothing is written.',
  ),
  'max-age-days': z
    .number('needs a number of days')
    .positive('needs more than 0 days')
    .optional()
    .describe('Older receipts and checks prove nothing; age does not matter when left out.'),
};

/** What finalization asks of one tier or one machine. */
export const evidenceSection = z.strictObject(evidenceKeys);

const isDay = (day: string): boolean => {
  const at = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(day);
};

const waiver = z.strictObject({
  test: text.describe('Full name of the test, groups joined with " > "; "*" stands for any text.'),
  suite: matching(SUITE, SUITE_RULE, 'Only this suite; every suite when left out.'),
  'device-types': z
    .array(z.string().regex(NAME, 'needs a slug'))
    .optional()
    .describe('Slugs of the device types; every one when left out.'),
  reason: text.describe('Why the failure does not hold a release up.'),
  tracker: text.describe('Address or id of the issue that is about it.'),
  owner: text.describe('Who mends it.'),
  expires: z
    .string('needs a day such as 2026-12-31')
    .regex(/^\d{4}-\d{2}-\d{2}$/, 'needs a day such as 2026-12-31')
    .refine(isDay, 'is no day of the calendar')
    .describe('Last day it holds, UTC.'),
});

const verdictRule = z.strictObject({
  match: expression.describe('Regular expression for a line of the log or the message of a failure.'),
  verdict: z
    .enum(
      ['failed', 'nothing-tested', 'unsupported', 'rig-failure', 'infrastructure'],
      'needs "failed", "nothing-tested", "unsupported", "rig-failure" or "infrastructure"',
    )
    .describe('What a suite that failed with this line ended as.'),
  because: text.describe('What it means, for people.'),
  suite: matching(SUITE, SUITE_RULE, 'Only this suite; every suite when left out.'),
});

const addresses = (description: string) =>
  z.array(address('').unwrap(), 'needs a list of addresses').optional().describe(description);

const image = matching(IMAGE, 'needs an image with its digest: name@sha256:...', 'Image with its digest.');
const memory = matching(MEMORY, 'needs an amount of memory such as 1G', 'Memory of the virtual machine.');
const cpus = whole(1, 64, 'Processors of the virtual machine.');

const leviathan = z.strictObject({
  driver: z
    .enum(['native', 'client'], 'needs "native" or "client"')
    .optional()
    .describe('`native`: osrel speaks the core’s protocol; `client`: the stock client runs.'),
  checkout: pathBelowRoot('Path of the Leviathan checkout.'),
  suites: z
    .string()
    .min(1, 'needs a path')
    .optional()
    .describe('Path of the folder whose subfolders are suites, relative to the repository root or absolute.'),
  cores: addresses('Addresses of cores that already run; without any each suite gets one by docker compose.'),
  rigs: addresses('Addresses of rigs, instead of those in fleets.'),
  client: z
    .array(text, 'needs a list of words')
    .optional()
    .describe('Program and first arguments of the stock client, instead of its container.'),
  images: section(
    z.strictObject({ core: image, client: image, worker: image }),
    'Container images by digest; as the checkout’s compose files say when left out.',
  ),
  fleets: z
    .array(z.string().regex(FLEET, 'needs a fleet such as balena/testbot-rig'))
    .optional()
    .describe('Fleets whose devices are rigs.'),
  organization: matching(
    ORGANIZATION,
    'needs an organization handle',
    'Organization that test fleets are made in.',
  ),
  ssh: section(
    z.strictObject({
      host: matching(HOST, 'needs a host name', 'Host of the ssh proxy.'),
      port: whole(1, 65_535, 'Its port.'),
    }),
    'The ssh proxy that rigs are reached through.',
  ),
  'wait-minutes': whole(0, 1440, 'How long a free rig is waited for.'),
  'silence-minutes': whole(1, 1440, 'Minutes without output after which a suite counts as hung.'),
  'private-contracts': pathBelowRoot('Path of contracts of private device types.'),
  'preserve-downloads': choice('Whether the core keeps what it downloaded.'),
  unstable: z.array(text).optional().describe('Exact titles of tests that are not run.'),
  qemu: section(
    z.strictObject({
      cpus,
      memory,
      'internal-storage': choice('Whether the virtual machine has an internal disk.'),
      'external-storage': choice('Whether the virtual machine has an external disk.'),
    }),
    'How QEMU rigs are made.',
  ),
});

const qemuLab = z.strictObject({
  marker: expression.optional().describe('Regular expression that the serial console must show.'),
  memory,
  cpus,
  acceleration: z
    .enum(['auto', 'kvm', 'software'], 'needs "auto", "kvm" or "software"')
    .optional()
    .describe('`auto`: KVM where it works, else software.'),
  firmware: z.string().min(1, 'needs a path').optional().describe('Path of the UEFI firmware.'),
  'boot-minutes': whole(1, 240, 'Minutes that a boot may take.'),
});

/** The section `tests` of osrel.yml. The matrix is judged by `parseTestMatrix`. */
export const testsSection = z.strictObject({
  ...evidenceKeys,
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
  tiers: section(
    named(NAME, 'needs a tier such as blocker', evidenceSection.nullish()),
    'What finalization asks for machines of a tier, over what it asks for all.',
  ),
  retries: whole(0, 10, 'How often a suite is tried again after a failure of rig or infrastructure.'),
  limits: section(
    z.strictObject({
      testbot: whole(1, 1000, 'Suites at once on testbots.'),
      qemu: whole(1, 1000, 'Suites at once in QEMU.'),
      local: whole(1, 1000, 'Commands at once.'),
    }),
    'Suites at once, by kind of rig.',
  ),
  waivers: z.array(waiver).optional().describe('Known failures that do not hold a release up.'),
  verdicts: z.array(verdictRule).optional().describe('Causes of failures, by what the log says.'),
  'trusted-keys': z
    .array(z.string().regex(PUBLIC_KEY, 'needs an ed25519 public key: 32 bytes as base64'))
    .optional()
    .describe('Public keys whose test receipts count.'),
  leviathan: section(leviathan, 'How Leviathan is driven.'),
  qemu: section(qemuLab, 'The built-in boot test.'),
});

export type WrittenTests = z.infer<typeof testsSection>;
export type WrittenEvidence = z.infer<typeof evidenceSection>;
export type WrittenWaiver = z.infer<typeof waiver>;
export type WrittenLeviathan = z.infer<typeof leviathan>;
export type WrittenQemuLab = z.infer<typeof qemuLab>;
