import { createHash } from 'node:crypto';
import type { Artifact } from './artifact.ts';
import { hexOfDigest } from './digest.ts';
import { type ReleaseManifest, renderReleaseManifest } from './release-manifest.ts';
import { renderSha256Sums } from './sha256-sums.ts';

/** While an object of this name lies in a version's folder, readers leave the version alone (balena-workflow 6.2). */
export const IGNORE_MARKER = 'IGNORE';

/** The version was withdrawn; says why. Beside it lies `IGNORE` again. */
export const WITHDRAWN_MARKER = 'WITHDRAWN';

/** `latest` was rolled back from this version and does not come back to it by itself; says why. */
export const HELD_MARKER = 'HELD';

/** What may lie in a version's folder besides the files of the release. */
export const MARKERS: readonly string[] = [IGNORE_MARKER, WITHDRAWN_MARKER, HELD_MARKER];

export const MANIFEST_NAME = 'release-manifest.json';
export const SUMS_NAME = 'SHA256SUMS';

/** Kept in the deploy folder for tests and for pushing images; published in another form or not at all. */
const UNPUBLISHED_ROLES: ReadonlySet<string> = new Set([
  'image',
  'block-map',
  'hostapp',
  'extension',
  'contract',
  'composition',
]);

/** Files that become release assets (balena-workflow 5.7): extension files too, under `service/<name>/`. */
export function listAssetFiles(manifest: ReleaseManifest): readonly Artifact[] {
  return manifest.files.filter((file) => !UNPUBLISHED_ROLES.has(file.role));
}

/** Files that become objects of the store: extension files never do (balena-workflow 6.1). */
export function listStoreFiles(manifest: ReleaseManifest): readonly Artifact[] {
  return listAssetFiles(manifest).filter((file) => file.service === undefined);
}

/** Hex sha256 of the manifest file as it is written: what evidence and published releases are bound to. */
export function manifestSha256(manifest: ReleaseManifest): string {
  return createHash('sha256').update(renderReleaseManifest(manifest)).digest('hex');
}

/** A file to publish: what it is called, how large it is, and the hex sha256 it must have. */
export interface PublishedFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly mediaType: string;
}

/**
 * The given files of a release, then SHA256SUMS, then the release manifest: it goes last, so that a folder with a
 * manifest is a whole one.
 */
export function withIndexFiles(
  manifest: ReleaseManifest,
  files: readonly Artifact[],
): readonly PublishedFile[] {
  return [
    ...files.map(({ name, sizeBytes, digest, mediaType }) => ({
      name,
      sizeBytes,
      sha256: hexOfDigest(digest),
      mediaType,
    })),
    textFile(SUMS_NAME, renderSha256Sums(manifest.files), 'text/plain'),
    textFile(MANIFEST_NAME, renderReleaseManifest(manifest), 'application/json'),
  ];
}

function textFile(name: string, text: string, mediaType: string): PublishedFile {
  return {
    name,
    sizeBytes: Buffer.byteLength(text),
    sha256: createHash('sha256').update(text).digest('hex'),
    mediaType,
  };
}
