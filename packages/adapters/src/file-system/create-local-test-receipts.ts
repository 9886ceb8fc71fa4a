import { join } from 'node:path';
import { sealReceipt, type TestReceipts } from '@osrel/core';
import { findText, listEntries } from '../if-present.ts';
import type { ReceiptSigning } from '../receipt-signing.ts';
import { openReceipts, receiptDisplaced, receiptFileName } from '../test-receipt.ts';
import { type BeforeCommit, createFileAtomically } from './atomic-file.ts';
import { isTemporary } from './temporary-file.ts';
import type { WorldLayout } from './world-layout.ts';

export interface LocalTestReceiptsOptions {
  readonly layout: WorldLayout;
  readonly signing: ReceiptSigning;
  readonly beforeCommit?: BeforeCommit | undefined;
}

/**
 * Receipts as `receipts/<slug>/<version>/<entry>-<digest>.json`, each made once and never changed; recording one again
 * does nothing. Throws integrity `receipt.displaced`.
 */
export function createLocalTestReceipts({
  layout,
  signing,
  beforeCommit,
}: LocalTestReceiptsOptions): TestReceipts {
  return {
    async list(question) {
      const folder = layout.receiptsFolder(question.slug, question.version);
      const entries = (await listEntries(folder)).filter(({ name }) => !isTemporary(name));
      const found = await Promise.all(
        entries.map(async (entry) => ({
          name: entry.name,
          // A folder there is no receipt either, and no reason to stop.
          text: entry.isDirectory() ? '' : await findText(join(folder, entry.name)),
        })),
      );
      const present = found.flatMap(({ name, text }) => (text === undefined ? [] : [{ name, text }]));
      return openReceipts(present, question, await signing.trustedKeys());
    },
    async record(receipt) {
      const folder = layout.receiptsFolder(receipt.slug, receipt.version);
      const text = sealReceipt(receipt, await signing.key());
      const path = join(folder, receiptFileName(receipt, text));
      if (await createFileAtomically(path, text, beforeCommit)) return;
      if ((await findText(path)) !== text) throw receiptDisplaced(path);
    },
  };
}
