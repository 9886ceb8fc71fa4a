import { createHash } from 'node:crypto';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../replace-file.ts';
import { addToRecord, type BuildRecord, buildRecordSchema, type EndedBuild } from './build-record.ts';

/** Which builds are comparable: the same target for the same machine with the same front end. */
export interface BuildKind {
  readonly machine: string;
  /** The recipe or the targets. */
  readonly target: string;
  /** `barys`, `bitbake in docker`, ... */
  readonly frontEnd: string;
}

/** What earlier builds on this machine took: for the time that remains, and for the disk space a build needs. */
export interface BuildHistory {
  /** The record; undefined when there is none that can be read. */
  readonly find: (kind: BuildKind) => Promise<BuildRecord | undefined>;
  /** Adds a build that ended, successful or not. Throws what the file system throws. */
  readonly save: (kind: BuildKind, ended: EndedBuild) => Promise<void>;
}

/** Far more than a record of the most tasks takes. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;
const MAX_NAME = 60;

/**
 * Keeps one JSON file for each kind of build in that folder (absolute path), which is made when the first is saved.
 * A file is replaced in one move, so that a reader sees the old one or the new one; one that is damaged, foreign or
 * written by another version counts as none, for it is an estimate and nothing depends on it.
 */
export function createBuildHistory(folder: string): BuildHistory {
  const find = async (kind: BuildKind): Promise<BuildRecord | undefined> => {
    const path = join(folder, fileNameOf(kind));
    try {
      if ((await stat(path)).size > MAX_FILE_BYTES) return undefined;
      const parsed = buildRecordSchema.safeParse(JSON.parse(await readFile(path, 'utf8')));
      return parsed.success ? parsed.data : undefined;
    } catch (error) {
      if (error instanceof SyntaxError || (error instanceof Error && 'code' in error)) return undefined;
      throw error;
    }
  };
  return {
    find,
    save: async (kind, ended) => {
      const record = addToRecord(await find(kind), ended);
      await mkdir(folder, { recursive: true });
      await replaceFile(join(folder, fileNameOf(kind)), `${JSON.stringify(record)}\n`);
    },
  };
}

/** Readable, and different for different kinds whatever characters they hold. */
function fileNameOf({ machine, target, frontEnd }: BuildKind): string {
  const readable = [machine, target, frontEnd]
    .map((word) => word.replaceAll(/[^A-Za-z0-9_-]+/g, '-'))
    .join('.');
  const exact = createHash('sha256')
    .update(JSON.stringify([machine, target, frontEnd]))
    .digest('hex');
  return `${readable.slice(0, MAX_NAME)}.${exact.slice(0, 16)}.json`;
}
