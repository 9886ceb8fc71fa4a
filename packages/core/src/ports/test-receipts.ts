import type { RejectedReceipt, TestReceipt } from '../model/evidence.ts';

export interface ReceiptList {
  /** Signed by a key that is trusted, whole, newest first. */
  readonly receipts: readonly TestReceipt[];
  /** What lies there and is no evidence. */
  readonly rejected: readonly RejectedReceipt[];
}

/** Receipts of finished suites, bound to the bytes that were tested, signed by who ran them. */
export interface TestReceipts {
  list(question: { readonly slug: string; readonly version: string }): Promise<ReceiptList>;
  /** Signs and keeps it; a receipt that is there already is kept already. */
  record(receipt: TestReceipt): Promise<void>;
}
