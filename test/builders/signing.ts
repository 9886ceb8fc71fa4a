import { makeReceiptKey, type ReceiptKey } from '@osrel/core';
import { createReceiptSigning, type ReceiptSigning } from '../../packages/adapters/src/receipt-signing.ts';

/** Signs by this key, and trusts the others besides. */
export function signingBy(key: ReceiptKey, others: readonly ReceiptKey[] = []): ReceiptSigning {
  const keyFile = { find: async () => key, findOrMake: async () => key };
  return createReceiptSigning({ keyFile, trustedKeys: others.map(({ publicKey }) => publicKey) });
}

/** Signs by a key of its own. */
export function ownSigning(): ReceiptSigning {
  return signingBy(makeReceiptKey());
}
