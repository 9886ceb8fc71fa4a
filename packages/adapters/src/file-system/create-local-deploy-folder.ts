import { lstat, readdir, rm, rmdir } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import {
  type Artifact,
  badUsage,
  checkArtifactName,
  type DeployFolder,
  hexOfDigest,
  integrityBroken,
  type Problem,
  parseReleaseManifest,
  type ReleaseManifest,
  renderReleaseManifest,
  renderSha256Sums,
  type StagedArtifact,
  type StagedFile,
  toolFailed,
} from '@osrel/core';
import { findText, isMissing } from '../if-present.ts';
import { type BeforeCommit, makeFolder, removeDurably, writeFileAtomically } from './atomic-file.ts';
import { digestFile } from './file-digest.ts';
import { listFilesBelow } from './list-files.ts';
import { findSourceDefect, placeFile } from './place-file.ts';
import { checkSegment } from './safe-segments.ts';
import { removeStaleTemporaries } from './temporary-file.ts';

export interface LocalDeployFolderOptions {
  /** Absolute path of the folder that holds `<slug>/<version>`. */
  readonly root: string;
  readonly beforeCommit?: BeforeCommit | undefined;
}

const MANIFEST = 'release-manifest.json';
const SUMS = 'SHA256SUMS';

/** The deploy folder on disk. A manifest there vouches for the bytes beside it, so it goes first and comes last. */
export function createLocalDeployFolder({ root, beforeCommit }: LocalDeployFolderOptions): DeployFolder {
  return {
    pathOf: (slug, version) =>
      join(root, checkSegment(slug, 'device type'), checkSegment(version, 'version')),
    async stage(directory, files, signal) {
      checkInside(root, directory);
      checkNames(files);
      await checkSources(files);
      await makeFolder(directory);
      for (const name of [MANIFEST, SUMS]) await removeDurably(join(directory, name), beforeCommit);
      await removeUnlisted(directory, new Set(files.map(({ name }) => name)));
      const placed: StagedArtifact[] = [];
      for (const file of files) {
        signal?.throwIfAborted();
        placed.push(await placeFile(file, { directory, beforeCommit, signal }));
      }
      return placed;
    },
    async writeManifest(directory, manifest) {
      checkInside(root, directory);
      await writeFileAtomically(join(directory, SUMS), renderSha256Sums(manifest.files), beforeCommit);
      await writeFileAtomically(join(directory, MANIFEST), renderReleaseManifest(manifest), beforeCommit);
    },
    findManifest: (directory) => findManifest(join(directory, MANIFEST)),
    async listDefects(directory, manifest) {
      const defects: { name: string; defect: string }[] = [];
      for (const file of manifest.files) {
        const defect = await findDefect(directory, file);
        if (defect !== undefined) defects.push({ name: file.name, defect });
      }
      return defects;
    },
  };
}

async function findManifest(path: string): Promise<ReleaseManifest | undefined> {
  const text = await findText(path);
  if (text === undefined) return undefined;
  try {
    return parseReleaseManifest(JSON.parse(text), path);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw integrityBroken('release-manifest.malformed', `${path} holds no JSON: ${error.message}`, {
      hint: 'run the build stage again, it stages the folder anew',
      cause: error,
    });
  }
}

async function findDefect(directory: string, file: Artifact): Promise<string | undefined> {
  const path = join(directory, checkArtifactName(file.name));
  try {
    const entry = await lstat(path);
    if (!entry.isFile()) return 'is no regular file';
    if (entry.size !== file.sizeBytes) return `has ${entry.size} bytes, the manifest says ${file.sizeBytes}`;
    const { sha256 } = await digestFile(path);
    const expected = hexOfDigest(file.digest);
    return sha256 === expected ? undefined : `has sha256 ${sha256}, the manifest says ${expected}`;
  } catch (error) {
    if (isMissing(error)) return 'is missing';
    throw error;
  }
}

function checkInside(root: string, directory: string): void {
  const path = relative(root, directory);
  if (isAbsolute(directory) && path !== '' && path !== '..' && !path.startsWith(`..${sep}`)) return;
  throw badUsage('deploy.outside', `${directory} is not inside the deploy folder ${root}`);
}

function checkNames(files: readonly StagedFile[]): void {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  for (const { name } of files) {
    checkArtifactName(name);
    if (name === MANIFEST || name === SUMS)
      problems.push({ at: name, message: 'is written with the manifest' });
    if (seen.has(name)) problems.push({ at: name, message: 'is staged twice' });
    const above = [...ancestorsOf(name)].find((folder) => files.some((other) => other.name === folder));
    if (above !== undefined) problems.push({ at: name, message: `lies below the file ${above}` });
    seen.add(name);
  }
  if (problems.length > 0) {
    throw badUsage('deploy.names', `${problems.length} file(s) cannot be staged under their name`, {
      problems,
    });
  }
}

function* ancestorsOf(name: string): Generator<string> {
  for (let at = name.indexOf('/'); at !== -1; at = name.indexOf('/', at + 1)) yield name.slice(0, at);
}

async function checkSources(files: readonly StagedFile[]): Promise<void> {
  const problems: Problem[] = [];
  for (const file of files) {
    const defect = await findSourceDefect(file);
    if (defect !== undefined) problems.push({ at: file.name, message: defect });
  }
  if (problems.length === 0) return;
  throw toolFailed('deploy.source-missing', `${problems.length} file(s) to be staged are missing`, {
    hint: 'build again, and check the asset patterns of the composition',
    problems,
  });
}

/** Removes files that are not listed, what crashed processes left, and then empty folders. */
async function removeUnlisted(directory: string, listed: ReadonlySet<string>): Promise<void> {
  for (const name of await listFilesBelow(directory)) {
    if (!listed.has(name)) await rm(join(directory, name), { force: true });
  }
  await sweepFolder(directory);
}

async function sweepFolder(folder: string): Promise<void> {
  await removeStaleTemporaries(folder);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const path = join(folder, entry.name);
    await sweepFolder(path);
    if ((await readdir(path)).length === 0) await rmdir(path);
  }
}
