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

/** A folder beside the deploy folder of a release, where files from elsewhere wait to be staged. */
export interface IncomingFiles {
  /** Absolute path. */
  readonly directory: string;
  /** Names of files that are there with their size and digest. */
  readonly present: readonly string[];
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
  /**
   * Makes the folder beside `directory` that takes the manifest's files before they are staged, with every folder inside
   * that they need. It keeps, or takes over from `directory`, what is whole already, and nothing else.
   */
  prepareIncoming(directory: string, manifest: ReleaseManifest, signal?: AbortSignal): Promise<IncomingFiles>;
  /** Removes that folder; an absent one is removed already. */
  removeIncoming(directory: string): Promise<void>;
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
