import {
  type Artifact,
  hexOfDigest,
  IGNORE_MARKER,
  integrityBroken,
  listStoreFiles,
  MANIFEST_NAME,
  type Problem,
  parseReleaseManifest,
  parseSha256Sums,
  type ReleaseManifest,
  SUMS_NAME,
} from '@osrel/core';
import type { VersionPlace } from './version-place.ts';

export interface VersionVerdict {
  readonly manifest: ReleaseManifest;
  /** `whole`: every file of the manifest; `published`: those that the object store gets. */
  readonly form: 'whole' | 'published';
  readonly files: number;
  readonly sizeBytes: number;
}

const PARALLEL_FILES = 4;

/**
 * Checks every file against release-manifest.json and SHA256SUMS: presence, size, sha256; and names files that are
 * there without being listed. Throws integrity `version.no-manifest`, `version.defective` with every defect.
 */
export async function checkVersion(place: VersionPlace, signal: AbortSignal): Promise<VersionVerdict> {
  const manifest = await readManifest(place);
  const present = await place.list();
  const { form, files } = chooseFiles(manifest, place, present);
  const sums = await checkSums(manifest, place);
  const defects = await checkFiles(files, place, signal);
  const extra = listExtra(manifest, present);
  const problems = [...sums, ...defects, ...extra];
  if (problems.length === 0)
    return {
      manifest,
      form,
      files: files.length,
      sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0),
    };
  throw integrityBroken(
    'version.defective',
    `${manifest.slug} ${manifest.version} in ${place.name} differs from its manifest in ${problems.length} point(s)`,
    {
      hint: 'fetch or stage it again; do not publish or flash it',
      problems,
    },
  );
}

async function readManifest(place: VersionPlace): Promise<ReleaseManifest> {
  const text = await place.findText(MANIFEST_NAME);
  if (text === undefined) {
    throw integrityBroken('version.no-manifest', `${place.name} has no ${MANIFEST_NAME}`, {
      hint: 'name the folder or address of one version; without its manifest nothing can be checked',
    });
  }
  return parseReleaseManifest(parseJson(text, place), MANIFEST_NAME);
}

function parseJson(text: string, place: VersionPlace): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw integrityBroken('release-manifest.malformed', `${MANIFEST_NAME} in ${place.name} is no JSON`, {
      cause: error,
    });
  }
}

/** The object store gets only part of a release; a place that has none of the rest is a published copy. */
function chooseFiles(manifest: ReleaseManifest, place: VersionPlace, present: readonly string[]) {
  const published = listStoreFiles(manifest);
  const rest = manifest.files.filter((file) => !published.includes(file));
  const isPublished = !place.canList || !rest.some((file) => present.includes(file.name));
  return isPublished && rest.length > 0
    ? { form: 'published' as const, files: published }
    : { form: 'whole' as const, files: manifest.files };
}

async function checkSums(manifest: ReleaseManifest, place: VersionPlace): Promise<readonly Problem[]> {
  const text = await place.findText(SUMS_NAME);
  if (text === undefined) return [{ at: SUMS_NAME, message: 'is missing' }];
  const sums = new Map(parseSha256Sums(text, SUMS_NAME).map((sum) => [sum.name, sum.digest]));
  const differing = manifest.files.filter((file) => sums.get(file.name) !== file.digest);
  const unknown = [...sums.keys()].filter((name) => !manifest.files.some((file) => file.name === name));
  return [
    ...differing.map((file) => ({
      at: SUMS_NAME,
      message: sums.has(file.name) ? `has another digest for ${file.name}` : `does not list ${file.name}`,
    })),
    ...unknown.map((name) => ({ at: SUMS_NAME, message: `lists ${name}, which the manifest does not` })),
  ];
}

async function checkFiles(
  files: readonly Artifact[],
  place: VersionPlace,
  signal: AbortSignal,
): Promise<readonly Problem[]> {
  const queue = files.entries();
  const found: Problem[][] = files.map(() => []);
  const work = async (): Promise<void> => {
    for (const [index, file] of queue) found[index] = [...(await checkFile(file, place, signal))];
  };
  await Promise.all(Array.from({ length: PARALLEL_FILES }, work));
  return found.flat();
}

async function checkFile(
  file: Artifact,
  place: VersionPlace,
  signal: AbortSignal,
): Promise<readonly Problem[]> {
  const seen = await place.findDigest(file.name, signal);
  if (seen === undefined) return [{ at: file.name, message: 'is missing' }];
  if (seen.sizeBytes !== file.sizeBytes)
    return [{ at: file.name, message: `has ${seen.sizeBytes} bytes instead of ${file.sizeBytes}` }];
  const wanted = hexOfDigest(file.digest);
  return seen.sha256 === wanted
    ? []
    : [{ at: file.name, message: `has sha256 ${seen.sha256} instead of ${wanted}` }];
}

function listExtra(manifest: ReleaseManifest, present: readonly string[]): readonly Problem[] {
  const listed = new Set([MANIFEST_NAME, SUMS_NAME, ...manifest.files.map((file) => file.name)]);
  return present
    .filter((name) => !listed.has(name))
    .map((name) => ({
      at: name,
      message:
        name === IGNORE_MARKER
          ? 'is there: the upload of this version never ended'
          : 'is not in the manifest',
    }));
}
