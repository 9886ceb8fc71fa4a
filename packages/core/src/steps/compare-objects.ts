import { createHash } from 'node:crypto';
import type { PublishedFile } from '../model/published-files.ts';
import type { ObjectReader, StoredObject, Visibility } from '../ports/object-reader.ts';
import { runInParallel } from './run-in-parallel.ts';

/** Questions about single objects at once. */
const PARALLEL_LOOKS = 16;

/** A file that is not in the store as it should be, and what is there instead. */
export interface DueObject {
  readonly file: PublishedFile;
  readonly found: StoredObject | undefined;
  /** What is wrong with it, for people. */
  readonly defect: string;
}

export interface ComparedObjects {
  readonly due: readonly DueObject[];
  /** Every key below the prefix. */
  readonly keys: readonly string[];
}

/**
 * Compares files with the objects below `prefix` (without a slash at its end): by the listing, then, where that does
 * not tell digest or visibility, by the object itself, and only where the store knows no digest by reading all of it.
 */
export async function compareObjects(
  store: ObjectReader,
  wanted: {
    readonly prefix: string;
    readonly files: readonly PublishedFile[];
    /** Null: not compared. */
    readonly visibility: Visibility | null;
    readonly signal?: AbortSignal;
  },
): Promise<ComparedObjects> {
  const { prefix, files, visibility, signal } = wanted;
  const objects = await store.list(`${prefix}/`);
  const listed = new Map(objects.map((object) => [object.key, object]));
  const due = new Map<string, DueObject>();
  await runInParallel(files, PARALLEL_LOOKS, async (file) => {
    signal?.throwIfAborted();
    const key = `${prefix}/${file.name}`;
    const inList = listed.get(key);
    const found = mustLook(file, inList, visibility) ? await store.find(key) : inList;
    const defect = defectOf(file, found, visibility) ?? (await readDefect(store, file, found, signal));
    if (defect !== undefined) due.set(file.name, { file, found, defect });
  });
  return {
    due: files.flatMap((file) => due.get(file.name) ?? []),
    keys: objects.map((object) => object.key),
  };
}

function mustLook(
  file: PublishedFile,
  listed: StoredObject | undefined,
  visibility: Visibility | null,
): boolean {
  if (listed?.sizeBytes !== file.sizeBytes) return false;
  return listed.sha256 === null || (visibility !== null && listed.visibility === null);
}

function defectOf(
  file: PublishedFile,
  found: StoredObject | undefined,
  visibility: Visibility | null,
): string | undefined {
  if (found === undefined) return 'is missing';
  if (found.sizeBytes !== file.sizeBytes) return `has ${found.sizeBytes} bytes, built were ${file.sizeBytes}`;
  if (found.sha256 !== null && found.sha256 !== file.sha256) return differs(found.sha256, file);
  // A store without access control lists tells nothing; then its policy decides.
  if (visibility !== null && found.visibility !== null && found.visibility !== visibility)
    return `is ${found.visibility}, not ${visibility}`;
  return undefined;
}

async function readDefect(
  store: ObjectReader,
  file: PublishedFile,
  found: StoredObject | undefined,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  if (found === undefined || found.sha256 !== null) return undefined;
  const read = await store.readDigest(found.key, signal);
  if (read === undefined) return 'is missing';
  return read.sha256 === file.sha256 ? undefined : differs(read.sha256, file);
}

function differs(sha256: string, file: PublishedFile): string {
  return `has sha256 ${sha256}, built was ${file.sha256}`;
}

/** The hex sha256 of a text in the store, by reading it; undefined when there is none. */
export async function digestOfText(store: ObjectReader, key: string): Promise<string | undefined> {
  const found = await store.readText(key);
  return found === undefined ? undefined : createHash('sha256').update(found.text).digest('hex');
}
