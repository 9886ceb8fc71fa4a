import { readFile } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { isMissing } from '../../if-present.ts';
import { type ConfStatement, parseConfLines } from './conf-statements.ts';

export interface ConfSearch {
  /** Absolute path of the repository root: paths are shown relative to it. */
  readonly root: string;
  /** Absolute folders, first match wins: the build folder and the layers, as in BBPATH. */
  readonly searchPath: readonly string[];
}

/** Statements of the file and of everything it includes, in the order bitbake meets them; none when it is missing. */
export async function readConfFile(path: string, search: ConfSearch): Promise<readonly ConfStatement[]> {
  const text = await readText(path);
  return text === undefined ? [] : readStatements({ path, text }, search, new Set([path]));
}

/** The same for a file named relative to the search path, such as `conf/machine/raspberrypi5.conf`. */
export async function readSearchedConf(name: string, search: ConfSearch): Promise<readonly ConfStatement[]> {
  return readFirst(name, search, new Set());
}

/** The first file of this name; nothing when it was `seen`, which it is from then on. */
async function readFirst(
  name: string,
  search: ConfSearch,
  seen: Set<string>,
): Promise<readonly ConfStatement[]> {
  if (name.includes('$')) return [];
  const candidates = isAbsolute(name) ? [name] : search.searchPath.map((folder) => join(folder, name));
  for (const path of candidates) {
    if (seen.has(path)) return [];
    const text = await readText(path);
    if (text === undefined) continue;
    seen.add(path);
    return readStatements({ path, text }, search, seen);
  }
  return [];
}

async function readStatements(
  { path, text }: { readonly path: string; readonly text: string },
  search: ConfSearch,
  seen: Set<string>,
): Promise<readonly ConfStatement[]> {
  const shown = relative(search.root, path);
  const statements: ConfStatement[] = [];
  for (const line of parseConfLines(text, shown.startsWith('..') ? path : shown)) {
    if (line.kind === 'statement') statements.push(line);
    else statements.push(...(await readFirst(line.path, search, seen)));
  }
  return statements;
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error) || isFolder(error)) return undefined;
    throw error;
  }
}

function isFolder(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EISDIR';
}
