import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BuiltFile,
  type OsBuildOutput,
  type OsBuildRequest,
  type Problem,
  toolFailed,
} from '@osrel/core';
import type { BuildStamp } from './build-stamp.ts';
import { createOutputCheck, type OutputCheck } from './collect-output-files.ts';
import { findArchiveDefect, listLabelDefects } from './docker-archive.ts';
import { matchAssets } from './match-assets.ts';

export interface CollectRequest {
  readonly build: OsBuildRequest;
  /** Absolute path of `build/tmp/deploy`. */
  readonly assetRoot: string;
  /** Absolute path; default `<assetRoot>/images/<machine>`. */
  readonly imagesDirectory?: string;
  /** Nanoseconds, by the clock of the file system. */
  readonly begunNs: bigint;
  /** The last successful build of the same request. */
  readonly previous: BuildStamp | undefined;
  /** The build tool says that it left finished work as it was; files older than the build then count. Default: no. */
  readonly keptFinishedWork?: boolean | undefined;
  readonly signal: AbortSignal;
}

const VERSION_FILE = 'VERSION_HOSTOS';

/**
 * What the build left behind, checked: every named file and folder is there, has content, lies in the images folder
 * and was made by this build or by an earlier one that the build tool vouches for, or is byte for byte what the last
 * successful build made (bitbake leaves alone what did not change); the docker archive is whole and its image carries
 * the labels it must. The files of a folder are named `<folder>/<path>` in the output. Each file is read once. Throws
 * tool `build.output-missing`, or `build.labels-differ` when only labels are wrong, naming everything that is wrong at
 * once.
 */
export async function collectOutput(request: CollectRequest): Promise<OsBuildOutput> {
  const { build, assetRoot } = request;
  const imagesDirectory = request.imagesDirectory ?? join(assetRoot, 'images', build.machine);
  const check = createOutputCheck({ ...request, imagesDirectory });
  const found: Record<string, BuiltFile> = {};
  for (const name of new Set([build.imageOutput, ...build.expectedFiles])) {
    const file = await check.file(name);
    if (file !== undefined) found[name] = file;
  }
  const folders = await checkFolders(build, check);
  const archive = found[build.imageOutput];
  const archiveProblems = archive === undefined ? [] : await listArchiveProblems(archive, build);
  const problems = [...check.problems(), ...archiveProblems];
  if (problems.length > 0 || archive === undefined) throw outputMissing(build, imagesDirectory, problems);
  const versionFile = build.expectedFiles.includes(VERSION_FILE) ? found[VERSION_FILE] : undefined;
  return {
    assetRoot,
    imagesDirectory,
    archive,
    files: {
      ...Object.fromEntries(build.expectedFiles.flatMap((name) => entryOf(name, found[name]))),
      ...folders,
    },
    assets: await matchAssets(assetRoot, build.assets),
    hostOsVersion: versionFile === undefined ? null : (await readFile(versionFile.path, 'utf8')).trim(),
  };
}

function entryOf(name: string, file: BuiltFile | undefined): readonly (readonly [string, BuiltFile])[] {
  return file === undefined ? [] : [[name, file]];
}

async function checkFolders(
  build: OsBuildRequest,
  check: OutputCheck,
): Promise<Readonly<Record<string, BuiltFile>>> {
  const files: Record<string, BuiltFile> = {};
  for (const name of new Set(build.expectedFolders)) Object.assign(files, await check.folder(name));
  return files;
}

const LABEL_PROBLEM = /^(label |its labels )/;

async function listArchiveProblems({ path }: BuiltFile, build: OsBuildRequest): Promise<readonly Problem[]> {
  const defect = await findArchiveDefect(path);
  if (defect !== undefined) return [{ at: path, message: `is no docker archive: ${defect}` }];
  const labels = await listLabelDefects(path, build.expectedLabels);
  return labels.map((message) => ({ at: path, message }));
}

function outputMissing(build: OsBuildRequest, imagesDirectory: string, problems: readonly Problem[]): Error {
  const isLabelsOnly = problems.length > 0 && problems.every(({ message }) => LABEL_PROBLEM.test(message));
  const list = problems.map((problem) => `${problem.at} ${problem.message}`).join('; ');
  return toolFailed(
    isLabelsOnly ? 'build.labels-differ' : 'build.output-missing',
    `the build of ${build.service} for ${build.machine} ended well, but ${list}`,
    { hint: hintFor(problems, imagesDirectory, isLabelsOnly), problems, details: { imagesDirectory } },
  );
}

function hintFor(problems: readonly Problem[], imagesDirectory: string, isLabelsOnly: boolean): string {
  if (isLabelsOnly)
    return 'the recipe sets the labels of its image: correct it, or the labels of the composition';
  if (problems.some(({ message }) => message.startsWith('is older'))) {
    return `remove ${imagesDirectory} and build again`;
  }
  if (problems.some(({ message }) => message.includes('compressed'))) {
    return 'switch off compressed images (build.compress-image in osrel.yml, or -c): the plain image is what is cut into parts';
  }
  return 'see that machine, recipe and device type name what the layers build';
}
