import { digestOfJson, type TestReceipt } from '@osrel/core';
import { z } from 'zod';

const count = z.number().int().nonnegative();

/** A test receipt as it is stored, in whatever place. */
export const testReceiptSchema = z.object({
  schemaVersion: z.literal(1),
  planId: z.string(),
  suite: z.string(),
  lab: z.string(),
  slug: z.string(),
  version: z.string(),
  sourceSha: z.string(),
  manifestSha256: z.string().regex(/^[0-9a-f]{64}$/),
  verdict: z.enum(['passed', 'failed', 'nothing-tested', 'rig-failure']),
  counts: z.object({ passed: count, failed: count, skipped: count }),
  finishedAt: z.string(),
});

/** Tells two receipts apart and knows one again: 16 hex digits of its digest. */
export function receiptName(receipt: TestReceipt): string {
  return digestOfJson(receipt).slice(0, 16);
}

/** As `TestReceipts.list` promises them. */
export function newestFirst(receipts: readonly TestReceipt[]): readonly TestReceipt[] {
  return receipts.toSorted((a, b) => Date.parse(b.finishedAt) - Date.parse(a.finishedAt));
}
