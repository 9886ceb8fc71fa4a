import { realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isMissing } from '../if-present.ts';

/**
 * The nearest folder, upwards from `directory`, that holds a `.git` folder or file; absolute, links resolved. Found
 * without git, because git must be told the root before it trusts a checkout of another user. Undefined outside.
 */
export async function findCheckoutRoot(directory: string): Promise<string | undefined> {
  let folder = await existing(realpath(directory));
  while (folder !== undefined) {
    if ((await existing(stat(join(folder, '.git')))) !== undefined) return folder;
    const parent = dirname(folder);
    if (parent === folder) return undefined;
    folder = parent;
  }
  return undefined;
}

async function existing<Value>(value: Promise<Value>): Promise<Value | undefined> {
  try {
    return await value;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
