import { keepReceiptKey } from '@osrel/adapters';
import { makeReceiptKey, type ReceiptKey } from '@osrel/core';

/** A new private key in a new file that only its owner can read; undefined where something has that name already. */
export async function makeReceiptKeyFile(path: string): Promise<ReceiptKey | undefined> {
  const key = makeReceiptKey();
  return (await keepReceiptKey(key, path)) ? key : undefined;
}
