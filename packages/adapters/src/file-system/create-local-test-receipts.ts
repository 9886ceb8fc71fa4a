import { join } from 'node:path';
import { digestOfJson, type TestReceipts } from '@osrel/core';
import { z } from 'zod';
import type { BeforeCommit } from './atomic-file.ts';
import { createJson, findJson } from './json-file.ts';
import { listNames } from './list-files.ts';
import { segmentOf } from './safe-segments.ts';
import type { WorldLayout } from './world-layout.ts';

export interface LocalTestReceiptsOptions {
  readonly layout: WorldLayout;
  readonly beforeCommit?: BeforeCommit | undefined;
}

const count = z.number().int().nonnegative();
const receiptSchema = z.object({
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

/**
 * Receipts as `receipts/<slug>/<version>/<suite>-<digest>.json`, each made once and never changed; recording one
 * again does nothing.
 */
export function createLocalTestReceipts({ layout, beforeCommit }: LocalTestReceiptsOptions): TestReceipts {
  return {
    async list({ slug, version }) {
      const folder = layout.receiptsFolder(slug, version);
      const found = await Promise.all(
        (await listNames(folder)).map((name) => findJson(join(folder, name), receiptSchema)),
      );
      const receipts = found.filter((receipt) => receipt !== undefined);
      return receipts.toSorted((a, b) => Date.parse(b.finishedAt) - Date.parse(a.finishedAt));
    },
    async record(receipt) {
      const checked = receiptSchema.parse(receipt);
      const name = `${segmentOf(checked.suite)}-${digestOfJson(checked).slice(0, 16)}.json`;
      await createJson(
        join(layout.receiptsFolder(checked.slug, checked.version), name),
        checked,
        beforeCommit,
      );
    },
  };
}
