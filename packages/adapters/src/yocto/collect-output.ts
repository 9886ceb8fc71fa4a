import { readFile, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import {
  type BuiltFile,
  badUsage,
  type OsBuildOutput,
  type OsBuildRequest,
  type Problem,
  toolFailed,
} from '@osrel/core';
import type { BuildStamp } from './build-stamp.ts';
import { digestFile } from './digest-file.ts';
import { findArchiveDefect } from './docker-archive.ts';
import { matchAssets } from './match-assets.ts';

export interface CollectRequest {
  readonly build: OsBuildRequest;
  /** Absolute path of `build/tmp/deploy`. */
  readonly assetRoot: string;
  /** Nanoseconds, by the clock of the file system. */
  readonly begunNs: bigint;
  /** The last successful build of the same request. */
  readonly previous: BuildStamp | undefined;
  readonly signal: AbortSignal;
}

const VERSION_FILE = 'VERSION_HOSTOS';

/**
 * What the build left behind, checked: every named file is there, has content, lies in the images folder and was made
 * by this build, or is byte for byte what the last successful build made (bitbake leaves alone what did not change).
 * Each file is digested once. Throws tool `build.output-missing` naming everything that is wrong at once.
 */
export async function collectOutput(request: CollectRequest): Promise<OsBuildOutput> {
  const { build, assetRoot } = request;
  const imagesDirectory = join(assetRoot, 'images', build.machine);
  const names = [...new Set([build.imageOutput, ...build.expectedFiles])];
  const problems: Problem[] = [];
  const digests = new Map<string, Promise<string>>();
  const found: Record<string, BuiltFile> = {};
  for (const name of names) {
    const checked = await checkFile(name, imagesDirectory, request, digests);
    if (typeof checked === 'string')
      problems.push({ at: `images/${build.machine}/${name}`, message: checked });
    else found[name] = checked;
  }
  const archive = found[build.imageOutput];
  if (archive !== undefined) {
    const defect = await findArchiveDefect(archive.path);
    if (defect !== undefined) problems.push({ at: archive.path, message: `is no docker archive: ${defect}` });
  }
  if (problems.length > 0 || archive === undefined) throw outputMissing(build, assetRoot, problems);
  const versionFile = build.expectedFiles.includes(VERSION_FILE) ? found[VERSION_FILE] : undefined;
  return {
    assetRoot,
    imagesDirectory,
    archive,
    files: Object.fromEntries(build.expectedFiles.flatMap((name) => entryOf(name, found[name]))),
    assets: await matchAssets(assetRoot, build.assets),
    hostOsVersion: versionFile === undefined ? null : (await readFile(versionFile.path, 'utf8')).trim(),
  };
}

function entryOf(name: string, file: BuiltFile | undefined): readonly (readonly [string, BuiltFile])[] {
  return file === undefined ? [] : [[name, file]];
}

/** The file, or what is wrong with it. */
async function checkFile(
  name: string,
  imagesDirectory: string,
  request: CollectRequest,
  digests: Map<string, Promise<string>>,
): Promise<BuiltFile | string> {
  if (name === '' || name.includes('/') || name.includes('\0') || name === '..' || name === '.') {
    throw badUsage('build.malformed-name', `${JSON.stringify(name)} cannot be the name of a file`);
  }
  const path = await findTarget(join(imagesDirectory, name));
  if (path === undefined) return 'is missing';
  if (relative(await realpath(imagesDirectory), path).startsWith(`..${sep}`)) {
    return `is a link to ${path}, outside of the images folder`;
  }
  const status = await stat(path, { bigint: true });
  if (!status.isFile()) return 'is no file';
  if (status.size === 0n) return 'is empty';
  const digest = digests.get(path) ?? digestFile(path, request.signal);
  digests.set(path, digest);
  const file = { path, sizeBytes: Number(status.size), sha256: await digest };
  // Not the time of the last change: what is unpacked from a cache keeps that from when it was first made.
  if (status.ctimeNs >= request.begunNs || isAsBefore(name, file, request)) return file;
  return 'is older than the build, which did not make it';
}

function isAsBefore(name: string, file: BuiltFile, { build, previous }: CollectRequest): boolean {
  const before = name === build.imageOutput ? previous?.output.archive : previous?.output.files[name];
  return before !== undefined && before.sha256 === file.sha256;
}

async function findTarget(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined;
    throw error;
  }
}

function outputMissing(build: OsBuildRequest, assetRoot: string, problems: readonly Problem[]): Error {
  const list = problems.map((problem) => `${problem.at} ${problem.message}`).join('; ');
  const isOld = problems.some((problem) => problem.message.startsWith('is older'));
  return toolFailed(
    'build.output-missing',
    `the build of ${build.service} for ${build.machine} ended well, but ${list}`,
    {
      hint: isOld
        ? `remove ${join(assetRoot, 'images', build.machine)} and build again`
        : 'see that machine, recipe and device type name what the layers build',
      problems,
      details: { assetRoot },
    },
  );
}
