import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { type BuiltFile, badUsage, type OsBuildRequest, type Problem } from '@osrel/core';
import type { BuildStamp } from './build-stamp.ts';
import { digestFile } from './digest-file.ts';

export interface OutputCheckRequest {
  readonly build: OsBuildRequest;
  /** Absolute path. */
  readonly imagesDirectory: string;
  /** Nanoseconds, by the clock of the file system. */
  readonly begunNs: bigint;
  readonly previous: BuildStamp | undefined;
  /**
   * Whether the build tool itself found finished work that it did not repeat: then files older than the build are its own,
   * for example of a build that was started by hand before. Default: no.
   */
  readonly keptFinishedWork?: boolean | undefined;
  readonly signal: AbortSignal;
}

/** Looks at what a build left in its images folder and notes all that is wrong with it. */
export interface OutputCheck {
  /** The file, digested; undefined when something is wrong with it. */
  file(name: string): Promise<BuiltFile | undefined>;
  /** Every file below the folder, by `<name>/<path>`, sorted; none when something is wrong with the folder. */
  folder(name: string): Promise<Readonly<Record<string, BuiltFile>>>;
  /** What was wrong so far. */
  problems(): readonly Problem[];
}

interface FoundFile extends BuiltFile {
  readonly changedNs: bigint;
}

const COMPRESSED = ['.xz', '.gz', '.bz2', '.zst', '.zip'];

export function createOutputCheck(request: OutputCheckRequest): OutputCheck {
  const { build, imagesDirectory } = request;
  const problems: Problem[] = [];
  const digests = new Map<string, Promise<string>>();
  const note = (name: string, message: string): undefined => {
    problems.push({ at: `images/${build.machine}/${name}`, message });
    return undefined;
  };
  const digest = async (name: string): Promise<FoundFile | string> => {
    const path = await findTarget(join(imagesDirectory, name));
    if (path === undefined) return 'is missing';
    const isOutside = relative(await realpath(imagesDirectory), path).startsWith(`..${sep}`);
    if (isOutside) return `is a link to ${path}, outside of the images folder`;
    const status = await stat(path, { bigint: true });
    if (!status.isFile()) return 'is no file';
    const sum = digests.get(path) ?? digestFile(path, request.signal);
    digests.set(path, sum);
    return { path, sizeBytes: Number(status.size), sha256: await sum, changedNs: status.ctimeNs };
  };
  return {
    problems: () => problems,
    file: async (name) => {
      checkName(name);
      const found = await digest(name);
      if (found === 'is missing') return note(name, await describeMissing(imagesDirectory, name));
      if (typeof found === 'string') return note(name, found);
      if (found.sizeBytes === 0) return note(name, 'is empty');
      if (isOld(found, request) && !isAsBefore(name, found, request)) {
        return note(name, 'is older than the build, which did not make it');
      }
      return plain(found);
    },
    folder: async (name) => {
      checkName(name);
      const paths = await listBelow(imagesDirectory, name);
      if (paths.length === 0) note(name, await describeEmpty(join(imagesDirectory, name)));
      const files: Record<string, FoundFile> = {};
      for (const path of paths) {
        const found = await digest(path);
        if (typeof found === 'string') note(path, found);
        else files[path] = found;
      }
      const each = Object.entries(files);
      const isUntouched = each.length > 0 && each.every(([, file]) => isOld(file, request));
      if (isUntouched && !each.every(([path, file]) => isAsBefore(path, file, request))) {
        note(name, 'is older than the build, which did not make it');
      }
      return Object.fromEntries(each.map(([path, file]) => [path, plain(file)]));
    },
  };
}

function checkName(name: string): void {
  if (name === '' || name.includes('/') || name.includes('\0') || name === '..' || name === '.') {
    throw badUsage('build.malformed-name', `${JSON.stringify(name)} cannot be the name of a file`);
  }
}

function plain({ path, sizeBytes, sha256 }: FoundFile): BuiltFile {
  return { path, sizeBytes, sha256 };
}

/** By the change of the file itself, not of its content: what is unpacked from a cache keeps the latter's old time. */
function isOld({ changedNs }: FoundFile, { begunNs, keptFinishedWork }: OutputCheckRequest): boolean {
  return changedNs < begunNs && keptFinishedWork !== true;
}

function isAsBefore(name: string, file: BuiltFile, { build, previous }: OutputCheckRequest): boolean {
  const before = name === build.imageOutput ? previous?.output.archive : previous?.output.files[name];
  return before !== undefined && before.sha256 === file.sha256;
}

/** A build with compressed images may leave only those. */
async function describeMissing(imagesDirectory: string, name: string): Promise<string> {
  for (const ending of COMPRESSED) {
    const path = await findTarget(join(imagesDirectory, name + ending));
    if (path !== undefined) return `is missing; the build left the compressed ${name}${ending} instead`;
  }
  return 'is missing';
}

async function describeEmpty(path: string): Promise<string> {
  const real = await findTarget(path);
  if (real === undefined) return 'is missing; it must be a folder';
  return (await stat(real)).isDirectory() ? 'is a folder without any file' : 'is no folder';
}

/** Paths of all files and links below the folder, relative to `root`, sorted; none when there is no such folder. */
async function listBelow(root: string, folder: string): Promise<readonly string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch((error: unknown) => {
    if (isAbsent(error)) return [];
    throw error;
  });
  const found = await Promise.all(
    entries.map(async (entry): Promise<readonly string[]> => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? listBelow(root, path) : [path];
    }),
  );
  return found.flat().sort();
}

async function findTarget(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP';
}
