import { join } from 'node:path';
import type { TestReceipts } from '@osrel/core';
import { newestFirst, receiptName, testReceiptSchema } from '../test-receipt.ts';
import type { BeforeCommit } from './atomic-file.ts';
import { createJson, findJson } from './json-file.ts';
import { listNames } from './list-files.ts';
import { segmentOf } from './safe-segments.ts';
import type { WorldLayout } from './world-layout.ts';

export interface LocalTestReceiptsOptions {
  readonly layout: WorldLayout;
  readonly beforeCommit?: BeforeCommit | undefined;
}

/**
 * Receipts as `receipts/<slug>/<version>/<suite>-<digest>.json`, each made once and never changed; recording one
 * again does nothing.
 */
export function createLocalTestReceipts({ layout, beforeCommit }: LocalTestReceiptsOptions): TestReceipts {
  return {
    async list({ slug, version }) {
      const folder = layout.receiptsFolder(slug, version);
      const found = await Promise.all(
        (await listNames(folder)).map((name) => findJson(join(folder, name), testReceiptSchema)),
      );
      return newestFirst(found.filter((receipt) => receipt !== undefined));
    },
    async record(receipt) {
      const checked = testReceiptSchema.parse(receipt);
      const name = `${segmentOf(checked.suite)}-${receiptName(checked)}.json`;
      await createJson(
        join(layout.receiptsFolder(checked.slug, checked.version), name),
        checked,
        beforeCommit,
      );
    },
  };
}
