import { type ObjectStore, OsrelError, sealReceipt, type TestReceipts } from '@osrel/core';
import type { ReceiptSigning } from '../receipt-signing.ts';
import { openReceipts, receiptDisplaced, receiptFileName } from '../test-receipt.ts';

/** Beside the images, where no reader of images looks. */
const ROOT = 'test-receipts';

export interface StoredTestReceiptsOptions {
  /** Asked for when it is needed. */
  readonly store: () => ObjectStore;
  readonly signing: ReceiptSigning;
}

/**
 * Receipts as objects `test-receipts/<slug>/<version>/<entry>-<digest>.json`, private, each made once and never changed:
 * what one machine tested, another one finalizes. Throws integrity `receipt.displaced`.
 */
export function createStoredTestReceipts({ store, signing }: StoredTestReceiptsOptions): TestReceipts {
  return {
    async list(question) {
      const folder = `${ROOT}/${question.slug}/${question.version}/`;
      const [objects, trustedKeys] = await Promise.all([store().list(folder), signing.trustedKeys()]);
      const found = await Promise.all(
        objects.map(async ({ key }) => ({ name: key.slice(folder.length), text: await textOf(key) })),
      );
      const present = found.flatMap(({ name, text }) => (text === undefined ? [] : [{ name, text }]));
      return openReceipts(present, question, trustedKeys);
    },
    async record(receipt) {
      const text = sealReceipt(receipt, await signing.key());
      const key = `${ROOT}/${receipt.slug}/${receipt.version}/${receiptFileName(receipt, text)}`;
      try {
        await store().putText({
          key,
          text,
          mediaType: 'application/json',
          visibility: 'private',
          expected: { kind: 'absent' },
        });
      } catch (error) {
        if (!(error instanceof OsrelError) || error.code !== 'store.precondition') throw error;
        // The name is the digest of the text: it is recorded already, or somebody changed it.
        if ((await textOf(key)) !== text) throw receiptDisplaced(key);
      }
    },
  };

  async function textOf(key: string): Promise<string | undefined> {
    return (await store().readText(key))?.text;
  }
}
