import { isAbsolute, join, relative, sep } from 'node:path';
import {
  badUsage,
  checkArtifactName,
  type DeployFolder,
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
import { findText } from '../if-present.ts';
import { type BeforeCommit, makeFolder, removeDurably, writeFileAtomically } from './atomic-file.ts';
import { findFileDefect } from './file-defect.ts';
import { prepareIncoming, removeIncoming } from './incoming-files.ts';
import { findSourceDefect, placeFile } from './place-file.ts';
import { removeUnlisted } from './remove-unlisted.ts';
import { checkSegment } from './safe-segments.ts';

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
    async prepareIncoming(directory, manifest, signal) {
      checkInside(root, directory);
      return prepareIncoming(directory, manifest, signal);
    },
    async removeIncoming(directory) {
      checkInside(root, directory);
      await removeIncoming(directory);
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
        const defect = await findFileDefect(directory, file);
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
