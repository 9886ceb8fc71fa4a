import { link, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { badConfig, makeReceiptKey, parseReceiptKey, type ReceiptKey, renderReceiptKey } from '@osrel/core';
import { findText } from '../if-present.ts';
import type { ReceiptKeyFile } from '../receipt-signing.ts';
import { type BeforeCommit, makeFolder, syncFolder } from './atomic-file.ts';
import { isTaken, writeError } from './file-errors.ts';
import { removeStaleTemporaries, temporaryPath } from './temporary-file.ts';

/** Nobody but its owner reads a private key. */
const OWNER_ONLY = 0o600;

/**
 * A key in a file of its own, made on first use. Several processes that make it at once end with the same key: the first
 * link wins, and the others read it. Throws config `receipt-key.file` for a file that holds no key.
 */
export function createReceiptKeyFile(path: string, beforeCommit?: BeforeCommit): ReceiptKeyFile {
  const find = async (): Promise<ReceiptKey | undefined> => {
    const text = await findText(path);
    return text === undefined ? undefined : parseKept(text, path);
  };
  return {
    find,
    findOrMake: async () => {
      const kept = await find();
      if (kept !== undefined) return kept;
      const made = makeReceiptKey();
      if (await keepReceiptKey(made, path, beforeCommit)) return made;
      return (await find()) ?? made;
    },
  };
}

/**
 * Writes the private key to a new file that only its owner can read, durably; false, and nothing changed, where
 * something has that name already. Throws tool `disk.full`, `disk.refused`.
 */
export async function keepReceiptKey(
  key: ReceiptKey,
  path: string,
  beforeCommit?: BeforeCommit,
): Promise<boolean> {
  const folder = dirname(path);
  await makeFolder(folder);
  const temporary = temporaryPath(folder);
  try {
    await removeStaleTemporaries(folder);
    const handle = await open(temporary, 'wx', OWNER_ONLY);
    try {
      await handle.writeFile(renderReceiptKey(key));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await beforeCommit?.(path);
    await link(temporary, path);
    await syncFolder(folder);
    return true;
  } catch (error) {
    if (isTaken(error)) return false;
    throw writeError(error, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

function parseKept(text: string, path: string): ReceiptKey {
  const key = parseReceiptKey(text);
  if (key !== undefined) return key;
  throw badConfig('receipt-key.file', `${path} holds no ed25519 private key`, {
    hint: 'restore it; or remove it: a new key is made, and receipts of the old one count only where its public key is in tests.trusted-keys',
  });
}
