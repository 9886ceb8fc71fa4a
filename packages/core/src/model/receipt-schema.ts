import { z } from 'zod';
import type { TestReceipt } from './evidence.ts';
import { TEST_VERDICTS } from './test-verdict.ts';

// Shown in messages and lists as they are: nothing that steers a terminal.
const word = z.string().regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,300}$/u, 'needs one line of text');
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'needs 64 lower-case hex digits');
const count = z.number().int().nonnegative();
const verdict = z.enum(TEST_VERDICTS);
const time = z.iso.datetime({ offset: true });
const rig = z.object({ id: word, kind: word, name: word.nullable() });

/** A receipt as data from outside; members that it does not know are left out. */
export const testReceiptSchema: z.ZodType<TestReceipt> = z.object({
  schemaVersion: z.literal(2),
  planId: word,
  entry: word,
  suite: word,
  suiteRevision: word.nullable(),
  lab: word,
  rig: rig.nullable(),
  slug: word,
  version: word,
  sourceSha: word,
  manifestSha256: sha256,
  given: z.array(z.object({ name: word, sizeBytes: count, sha256 })),
  verdict,
  because: z.string(),
  counts: z.object({ passed: count, failed: count, skipped: count, waived: count }),
  attempts: z.array(
    z.object({
      rig: rig.nullable(),
      verdict,
      because: z.string(),
      startedAt: time,
      durationMs: z.number().nonnegative(),
    }),
  ),
  waivers: z.array(
    z.object({
      test: z.string(),
      tracker: z.string(),
      owner: z.string(),
      expires: z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'needs a day such as 2026-12-31'),
    }),
  ),
  finishedAt: time,
});
