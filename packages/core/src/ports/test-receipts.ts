import type { TestReceipt } from '../model/evidence.ts';

/** Receipts of finished suites, bound to the bytes that were tested. */
export interface TestReceipts {
  /** Newest first. */
  list(question: { readonly slug: string; readonly version: string }): Promise<readonly TestReceipt[]>;
  record(receipt: TestReceipt): Promise<void>;
}
