import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { asOsrelError } from '@osrel/core';
import { findText } from '../if-present.ts';
import { makeFolder, writeFileAtomically } from './atomic-file.ts';

/** Texts that can be made again at any time, kept by the digest of what they were made from. */
export interface TextCache {
  readonly find: (key: string) => Promise<string | undefined>;
  /** A text that cannot be kept (no space, read-only folder) is simply made again next time. */
  readonly keep: (key: string, text: string) => Promise<void>;
}

export interface TextCacheOptions {
  /** Absolute path of a folder of the user; where it is missing nothing is kept. */
  readonly home: string;
  /** Folder of the cache, below it. */
  readonly folder: string;
}

/**
 * A cache in a folder of the user (`$XDG_CACHE_HOME/osrel` or `~/.cache/osrel`), outside of every repository: planning
 * changes nothing there. Keys are hex digests.
 */
export function createTextCache({ home, folder }: TextCacheOptions): TextCache {
  const pathOf = (key: string): string => {
    if (!/^[0-9a-f]{64}$/.test(key)) throw new Error(`"${key}" is no digest`);
    return join(home, folder, key);
  };
  return {
    find: (key) => findText(pathOf(key)),
    keep: async (key, text) => {
      try {
        if (!(await stat(home)).isDirectory()) return;
        await makeFolder(join(home, folder));
        await writeFileAtomically(pathOf(key), text);
      } catch (error) {
        if (asOsrelError(error) === undefined && !isFileError(error)) throw error;
      }
    },
  };
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}
