import type { ReleaseManifest } from '../model/release-manifest.ts';
import type { Placement, StagedFile } from '../model/staged-file.ts';

export interface StagedArtifact {
  readonly name: string;
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly placement: Placement;
  /** Links that were left out of an archive; see `StagedFile`. */
  readonly droppedLinks: number;
}

/** The folder `deploy/<slug>/<version>` of one release: what will be published, byte for byte. */
export interface DeployFolder {
  /** Absolute path; nothing is created. Throws on a slug or version that is no safe path segment. */
  pathOf(slug: string, version: string): string;
  /** Makes the folder hold exactly these files (hard links where possible, never a half file) and digests each once. */
  stage(
    directory: string,
    files: readonly StagedFile[],
    signal?: AbortSignal,
  ): Promise<readonly StagedArtifact[]>;
  /** Writes `SHA256SUMS` and then `release-manifest.json`, each atomically; the manifest last. */
  writeManifest(directory: string, manifest: ReleaseManifest): Promise<void>;
  /** The manifest there; undefined when there is none. Throws integrity on a malformed one. */
  findManifest(directory: string): Promise<ReleaseManifest | undefined>;
  /** Names of files that are missing or differ in size or digest from the manifest, with what is wrong. */
  listDefects(
    directory: string,
    manifest: ReleaseManifest,
  ): Promise<readonly { readonly name: string; readonly defect: string }[]>;
}
