import { createHash, randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { findText } from '../if-present.ts';

/** Where uploads go on that were cut short, so that another process of this machine need not start anew. */
export interface UploadNotes {
  readonly find: (digest: string) => Promise<URL | undefined>;
  readonly keep: (digest: string, location: URL) => Promise<void>;
  readonly drop: (digest: string) => Promise<void>;
}

const noteSchema = z.looseObject({ location: z.url() });

/** Notes of uploads to one repository, in files that only this user can read: a location lets its reader write. */
export function createUploadNotes(
  folder: string,
  target: { readonly registry: URL; readonly repository: string },
): UploadNotes {
  const pathOf = (digest: string) => {
    const name = [target.registry.origin, target.repository, digest].join('\n');
    return join(folder, 'uploads', `${createHash('sha256').update(name).digest('hex')}.json`);
  };
  return {
    find: async (digest) => {
      const text = await findText(pathOf(digest));
      return text === undefined ? undefined : parseNote(text);
    },
    keep: async (digest, location) => {
      const path = pathOf(digest);
      await mkdir(dirname(path), { recursive: true });
      const temporary = `${path}.${randomUUID()}.tmp`;
      await writeFile(temporary, JSON.stringify({ location: location.href }), { mode: 0o600 });
      await rename(temporary, path);
    },
    drop: (digest) => rm(pathOf(digest), { force: true }),
  };
}

function parseNote(text: string): URL | undefined {
  try {
    return new URL(noteSchema.parse(JSON.parse(text)).location);
  } catch {
    // Cut short by a power cut: the upload starts anew.
    return undefined;
  }
}
