import {
  integrityBroken,
  type ObjectStore,
  OsrelError,
  type TestReceipt,
  type TestReceipts,
} from '@osrel/core';
import { newestFirst, receiptName, testReceiptSchema } from '../test-receipt.ts';

/** Beside the images, where no reader of images looks. */
const ROOT = 'test-receipts';

/**
 * Receipts as objects `test-receipts/<slug>/<version>/<suite>-<digest>.json`, private, each made once and never changed:
 * what one machine tested, another one finalizes.
 */
export function createStoredTestReceipts(store: () => ObjectStore): TestReceipts {
  return {
    async list({ slug, version }) {
      const objects = await store().list(`${ROOT}/${slug}/${version}/`);
      return newestFirst(await Promise.all(objects.map(({ key }) => readReceipt(store(), key))));
    },
    async record(receipt) {
      const checked = testReceiptSchema.parse(receipt);
      const { slug, version, suite } = checked;
      const key = `${ROOT}/${slug}/${version}/${suite.replaceAll('/', '-')}-${receiptName(checked)}.json`;
      try {
        await store().putText({
          key,
          text: `${JSON.stringify(checked, null, 2)}\n`,
          mediaType: 'application/json',
          visibility: 'private',
          expected: { kind: 'absent' },
        });
      } catch (error) {
        // The name is the receipt's digest: what is there is this receipt.
        if (!(error instanceof OsrelError) || error.code !== 'store.precondition') throw error;
      }
    },
  };
}

async function readReceipt(store: ObjectStore, key: string): Promise<TestReceipt> {
  const found = await store.readText(key);
  const parsed = testReceiptSchema.safeParse(found === undefined ? undefined : parseJson(found.text));
  if (parsed.success) return parsed.data;
  throw integrityBroken('receipt.malformed', `${key} is no test receipt`, {
    hint: 'look at it; a receipt that cannot be read is no evidence, remove it and test again',
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
