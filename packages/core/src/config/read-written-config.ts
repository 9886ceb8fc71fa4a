import type { z } from 'zod';
import { type WrittenConfig, writtenConfigSchema } from './written-config.ts';

type Issue = z.core.$ZodIssue;
type KeyPath = readonly PropertyKey[];

/** What the schema makes of a document. */
export interface ReadConfig {
  /** The parts that the schema accepts. */
  readonly written: WrittenConfig;
  readonly issues: readonly Issue[];
  /** Key paths that were left out of `written` because of an issue. */
  readonly leftOut: readonly KeyPath[];
}

/**
 * Reads the document by the schema. Malformed parts are left out, so that the rules can judge the rest and every
 * problem is told at once.
 */
export function readWrittenConfig(document: unknown): ReadConfig {
  const parsed = writtenConfigSchema.safeParse(document);
  if (parsed.success) return { written: parsed.data, issues: [], leftOut: [] };
  const { issues } = parsed.error;
  return { issues, ...readSound(document, issues) };
}

function readSound(document: unknown, issues: readonly Issue[]): Omit<ReadConfig, 'issues'> {
  const leftOut: KeyPath[] = [];
  let rest = document;
  let due = issues;
  while (due.length > 0) {
    const paths = due.flatMap((issue) => pathsToLeaveOut(issue, rest));
    if (paths.some((path) => path.length === 0)) return { written: {}, leftOut: [[]] };
    leftOut.push(...paths);
    rest = paths.reduce(without, rest);
    const again = writtenConfigSchema.safeParse(rest);
    if (again.success) return { written: again.data, leftOut };
    due = again.error.issues;
  }
  return { written: {}, leftOut };
}

function pathsToLeaveOut(issue: Issue, document: unknown): readonly KeyPath[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => [...issue.path, key]);
  // A missing value cannot be left out; what misses it can.
  return [exists(document, issue.path) ? issue.path : issue.path.slice(0, -1)];
}

function exists(document: unknown, path: KeyPath): boolean {
  return path.length === 0 || valueAt(document, path) !== undefined;
}

/** The value at a key path; undefined where there is none. */
export function valueAt(document: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>((value, key) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    return Reflect.get(value, key);
  }, document);
}

// A list item goes with its list: the other items would get new places.
function without(document: unknown, path: KeyPath): unknown {
  const [key, ...deeper] = path;
  if (key === undefined || typeof document !== 'object' || document === null) return document;
  if (Array.isArray(document)) return undefined;
  return Object.fromEntries(
    Object.entries(document).flatMap(([name, value]) => {
      if (name !== String(key)) return [[name, value]];
      return deeper.length === 0 ? [] : [[name, without(value, deeper)]];
    }),
  );
}
