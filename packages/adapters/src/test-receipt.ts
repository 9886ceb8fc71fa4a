import { createHash } from 'node:crypto';
import { integrityBroken, openEnvelope, type ReceiptList, type TestReceipt } from '@osrel/core';

/** What lies in the place of receipts. */
export interface StoredReceipt {
  readonly name: string;
  readonly text: string;
}

const NAME = /^(.+)-[0-9a-f]{16}\.json$/;

/** `<entry>-<16 hex digits>.json`: the same receipt by the same key has the same name, anything else another one. */
export function receiptFileName({ entry }: TestReceipt, text: string): string {
  const readable = entry.replaceAll(/[^A-Za-z0-9_.-]/g, '-').replace(/^[.-]/, '_');
  const digest = createHash('sha256').update(text).digest('hex');
  return `${readable.slice(0, 150)}-${digest.slice(0, 16)}.json`;
}

/** Opens what was found, as `TestReceipts.list` promises it; nothing of it can make this throw. */
export function openReceipts(
  found: readonly StoredReceipt[],
  question: { readonly slug: string; readonly version: string },
  trustedKeys: readonly string[],
): ReceiptList {
  const opened = found.map(({ name, text }) => ({
    // It is shown: nothing in it steers a terminal.
    name: name.replaceAll(/\p{Cc}/gu, '?'),
    ...placed(openEnvelope(text, trustedKeys), question),
  }));
  return {
    receipts: opened
      .flatMap((each) => (each.kind === 'receipt' ? [each.receipt] : []))
      .toSorted((a, b) => Date.parse(b.finishedAt) - Date.parse(a.finishedAt)),
    rejected: opened.flatMap((each) =>
      each.kind === 'rejected'
        ? [
            {
              name: each.name,
              entry: each.entry ?? NAME.exec(each.name)?.[1] ?? null,
              defect: each.defect,
              because: each.because,
            },
          ]
        : [],
    ),
  };
}

/** A receipt that was moved to another version is whole, and no evidence about that one. */
function placed(
  opened: ReturnType<typeof openEnvelope>,
  { slug, version }: { readonly slug: string; readonly version: string },
): ReturnType<typeof openEnvelope> {
  if (opened.kind === 'rejected') return opened;
  const { receipt } = opened;
  if (receipt.slug === slug && receipt.version === version) return opened;
  const because = `it is about ${receipt.slug} ${receipt.version} and lies in the wrong place`;
  return { kind: 'rejected', defect: 'malformed', entry: receipt.entry, because };
}

/** Something else lies under the name of a receipt that was just signed. */
export function receiptDisplaced(place: string) {
  return integrityBroken(
    'receipt.displaced',
    `${place} is not the receipt that was signed under this name: it was altered`,
    { hint: 'find out who changed it and remove it; then test again: osrel test' },
  );
}
