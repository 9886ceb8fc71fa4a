import { z } from 'zod';

const waiver = z.strictObject({
  test: z.string(),
  suite: z.string().nullable(),
  deviceTypes: z.array(z.string()),
  reason: z.string(),
  tracker: z.string(),
  owner: z.string(),
  expires: z.string(),
});

/** What the step `run-suite` is planned with. */
export const suiteInput = z.strictObject({
  /** Id of the matrix entry. */
  id: z.string(),
  suite: z.string(),
  lab: z.string(),
  worker: z.string(),
  command: z.array(z.string()),
  results: z.enum(['tap', 'junit']),
  machine: z.string(),
  slug: z.string(),
  architecture: z.string(),
  version: z.string(),
  sourceSha: z.string(),
  manifestSha256: z.string(),
  /** Name of the disk image in the deploy folder; null for a device type without one. */
  image: z.string().nullable(),
  environment: z.string().nullable(),
  workerFleets: z.array(z.string()).nullable(),
  testOrganization: z.string().nullable(),
  secureBoot: z.boolean(),
  testImage: z.enum(['balena.img', 'balena-flasher.img', 'balena-raw.img']).nullable(),
  marker: z.string().nullable(),
  /** Attempts beyond the first, after failures of rig or infrastructure. */
  retries: z.number(),
  /** Those that hold for this suite and device type. */
  waivers: z.array(waiver),
  /** Tests that must pass at least, waived ones counted. */
  minimum: z.number(),
  /** Of one attempt. */
  timeoutMs: z.number(),
  /** Where the verdict is recorded as a check, so that a later tag finds it. */
  check: z.strictObject({ repository: z.string(), headSha: z.string() }).nullable(),
});

export type SuiteInput = z.infer<typeof suiteInput>;
