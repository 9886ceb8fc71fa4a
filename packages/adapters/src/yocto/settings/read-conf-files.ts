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
  return readOnce(path, search, new Set());
}

/** The same for a file named relative to the search path, such as `conf/machine/raspberrypi5.conf`. */
export async function readSearchedConf(name: string, search: ConfSearch): Promise<readonly ConfStatement[]> {
  return readFirst(name, search, new Set());
}

async function readFirst(
  name: string,
  search: ConfSearch,
  seen: Set<string>,
): Promise<readonly ConfStatement[]> {
  if (name.includes('$')) return [];
  const candidates = isAbsolute(name) ? [name] : search.searchPath.map((folder) => join(folder, name));
  for (const candidate of candidates) {
    if ((await readText(candidate)) !== undefined) return readOnce(candidate, search, seen);
  }
  return [];
}

async function readOnce(
  path: string,
  search: ConfSearch,
  seen: Set<string>,
): Promise<readonly ConfStatement[]> {
  if (seen.has(path)) return [];
  seen.add(path);
  return readStatements((await readText(path)) ?? '', { path, search, seen });
}

interface OpenConf {
  readonly path: string;
  readonly search: ConfSearch;
  readonly seen: Set<string>;
}

async function readStatements(
  text: string,
  { path, search, seen }: OpenConf,
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
