import { z } from 'zod';

const stamped = { seq: z.number().int().nonnegative(), at: z.string() };
const aboutStep = { ...stamped, stepId: z.string(), inputDigest: z.string() };

/** One line of journal.jsonl. `inputDigest` is the sha256 of the step's resolved input. */
export const journalEntrySchema = z.discriminatedUnion('type', [
  z.strictObject({
    ...stamped,
    type: z.literal('run-started'),
    runId: z.string(),
    planId: z.string(),
    schemaVersion: z.literal(1),
  }),
  z.strictObject({ ...aboutStep, type: z.literal('step-started'), attempt: z.number().int().positive() }),
  z.strictObject({
    ...aboutStep,
    type: z.literal('step-succeeded'),
    how: z.enum(['done', 'adopted']),
    receipt: z.unknown(),
    durationMs: z.number(),
  }),
  z.strictObject({
    ...stamped,
    stepId: z.string(),
    type: z.literal('step-failed'),
    attempt: z.number().int(),
    error: z.strictObject({
      code: z.string(),
      message: z.string(),
      hint: z.string().nullable(),
      exitCode: z.number(),
    }),
  }),
  z.strictObject({
    ...stamped,
    stepId: z.string(),
    type: z.literal('step-left'),
    outcome: z.enum(['skipped', 'blocked', 'cancelled']),
    because: z.string(),
  }),
  z.strictObject({
    ...stamped,
    type: z.literal('run-finished'),
    outcome: z.enum(['done', 'failed', 'cancelled']),
  }),
]);

export type JournalEntry = z.infer<typeof journalEntrySchema>;
