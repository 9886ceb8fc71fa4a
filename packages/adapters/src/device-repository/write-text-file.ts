import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Replaces a file so that a reader sees the old text or the new one, also after a power failure. The temporary name
 * is always the same: what a crash leaves behind is overwritten the next time.
 */
export async function writeTextFile(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.osrel-new`);
  const file = await open(temporary, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
