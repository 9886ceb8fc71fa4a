import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listEntries } from '../../if-present.ts';

const TEXT = /\.(?:conf|inc|bb|bbappend|bbclass|py)$/;
const READS_AT_ONCE = 32;

/**
 * Those of the names that no configuration, class, recipe or library below the folders holds as a word. Folders are
 * searched in the given order, each only as long as a name is open; `.git` and links are passed over.
 */
export async function findUnreadNames(
  names: readonly string[],
  folders: readonly string[],
): Promise<readonly string[]> {
  const open = new Set(names);
  for (const folder of folders) {
    if (open.size === 0) break;
    await searchFolder(folder, open);
  }
  return names.filter((name) => open.has(name));
}

async function searchFolder(folder: string, open: Set<string>): Promise<void> {
  const entries = await listEntries(folder);
  const files = entries.filter((entry) => entry.isFile() && TEXT.test(entry.name));
  for (let start = 0; start < files.length && open.size > 0; start += READS_AT_ONCE) {
    const batch = files.slice(start, start + READS_AT_ONCE);
    const texts = await Promise.all(batch.map((file) => readFile(join(folder, file.name), 'utf8')));
    for (const text of texts) removeFound(text, open);
  }
  for (const entry of entries) {
    if (open.size === 0) return;
    if (entry.isDirectory() && entry.name !== '.git') await searchFolder(join(folder, entry.name), open);
  }
}

function removeFound(text: string, open: Set<string>): void {
  for (const name of open) if (hasWord(text, name)) open.delete(name);
}

function hasWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    const before = text[at - 1] ?? ' ';
    const after = text[at + word.length] ?? ' ';
    if (!/\w/.test(before) && !/[A-Z0-9]/.test(after)) return true;
  }
  return false;
}
