import { badConfig, OsrelError, parseReceiptKey, RECEIPT_KEY_VARIABLE, type ReceiptKey } from '@osrel/core';

/** Where a key is kept that nobody gave. */
export interface ReceiptKeyFile {
  /** The key that lies there; undefined when none was made yet. */
  readonly find: () => Promise<ReceiptKey | undefined>;
  /** The same, made when there is none. */
  readonly findOrMake: () => Promise<ReceiptKey>;
}

/** Who signs receipts here, and whose receipts count. */
export interface ReceiptSigning {
  /** The private key in use; made when it is needed for the first time. */
  readonly key: () => Promise<ReceiptKey>;
  /** Public keys, base64 of 32 bytes: those of osrel.yml and that of the key in use. Makes none. */
  readonly trustedKeys: () => Promise<readonly string[]>;
}

export interface ReceiptSigningOptions {
  /** The environment variable that may hold the key; default `OSREL_RECEIPT_KEY`. */
  readonly variable?: string | undefined;
  /** Its value; undefined or empty: not given. */
  readonly given?: string | undefined;
  readonly keyFile: ReceiptKeyFile;
  /** `tests.trusted-keys` of osrel.yml. */
  readonly trustedKeys?: readonly string[];
}

/**
 * Signing by the key of an environment variable, else by the key of a file. Throws config `receipt-key.malformed` naming
 * the variable, never its value.
 */
export function createReceiptSigning(options: ReceiptSigningOptions): ReceiptSigning {
  const { variable = RECEIPT_KEY_VARIABLE, keyFile, trustedKeys = [] } = options;
  const given = options.given?.trim() ?? '';
  const readGiven = (): ReceiptKey | undefined => (given === '' ? undefined : parseGiven(given, variable));
  return {
    key: async () => readGiven() ?? keyFile.findOrMake(),
    trustedKeys: async () => {
      const own = readGiven() ?? (await keyFile.find());
      return [...new Set([...trustedKeys, ...(own === undefined ? [] : [own.publicKey])])];
    },
  };
}

/** The first file that has a key; one is made in the second only where the system does not allow it in the first. */
export function eitherKeyFile(first: ReceiptKeyFile, second: ReceiptKeyFile): ReceiptKeyFile {
  const find = async () => (await first.find()) ?? (await second.find());
  return {
    find,
    findOrMake: async () => {
      const kept = await find();
      if (kept !== undefined) return kept;
      try {
        return await first.findOrMake();
      } catch (error) {
        if (!(error instanceof OsrelError) || error.code !== 'disk.refused') throw error;
        return second.findOrMake();
      }
    },
  };
}

function parseGiven(given: string, variable: string): ReceiptKey {
  const key = parseReceiptKey(given);
  if (key !== undefined) return key;
  throw badConfig('receipt-key.malformed', `the value of ${variable} is no ed25519 private key`, {
    hint: 'make one with: osrel receipts new-key FILE; and put the whole text of the file into the variable',
  });
}
