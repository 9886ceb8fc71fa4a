import type { z } from 'zod';
import type { Problem } from '../errors/osrel-error.ts';
import { findNearestName } from './nearest-name.ts';

type Issue = z.core.$ZodIssue;

/** How to name a place in a document, and the keys it may have, for "did you mean". */
export interface DocumentPlaces {
  /** The place of a key path, as `placesIn` makes it. */
  readonly at: (path: readonly PropertyKey[]) => string;
  readonly knownKeys?: readonly string[];
}

/** The schema's issues as problems with file and key path, one a wrong key. */
export function problemsOfIssues(issues: readonly Issue[], places: DocumentPlaces): readonly Problem[] {
  return issues.flatMap((issue) => problemsOfIssue(issue, places));
}

/** Names places of the file `where`. */
export function placesIn(where: string): DocumentPlaces['at'] {
  return (path) => formatPlace(where, path);
}

/** `where: services.hostapp["x-build"].assets[0]`; only `where` for the document itself. */
export function formatPlace(where: string, path: readonly PropertyKey[]): string {
  return path.length === 0 ? where : `${where}: ${formatKeyPath(path)}`;
}

/** `services.hostapp["x-build"].assets[0]`. */
export function formatKeyPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => text + formatKey(key, text === ''), '');
}

function formatKey(key: PropertyKey, isFirst: boolean): string {
  if (typeof key === 'number') return `[${key}]`;
  const name = String(key);
  if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(name)) return `[${JSON.stringify(name)}]`;
  return isFirst ? name : `.${name}`;
}

function problemsOfIssue(issue: Issue, places: DocumentPlaces): readonly Problem[] {
  if (issue.code !== 'unrecognized_keys') {
    return [{ at: places.at(issue.path), message: sentenceOf(issue) }];
  }
  return issue.keys.map((key) => ({
    at: places.at([...issue.path, key]),
    message: `unknown key "${key}"${suggestion(key, places.knownKeys ?? [])}`,
  }));
}

function sentenceOf(issue: Issue): string {
  if (issue.code !== 'invalid_type') return issue.message;
  return issue.message.endsWith('received undefined')
    ? `missing: needs ${withArticle(issue.expected)}`
    : `needs ${withArticle(issue.expected)} (${issue.message})`;
}

function withArticle(noun: string): string {
  return `${/^[aeio]/.test(noun) ? 'an' : 'a'} ${noun}`;
}

function suggestion(key: string, known: readonly string[]): string {
  const nearest = findNearestName(key, known);
  if (nearest !== undefined) return `; did you mean "${nearest}"?`;
  return known.length === 0 ? '' : `; known keys: ${known.join(', ')}`;
}
