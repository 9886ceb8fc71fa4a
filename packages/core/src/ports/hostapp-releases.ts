import type { ReleaseImage, ReleaseImages } from './release-images.ts';

export type ReleaseStatus = 'running' | 'success' | 'failed';

export interface HostappRelease {
  readonly id: number;
  /** 32 hex digits. */
  readonly commit: string;
  readonly application: string;
  /** The version as it was asked for: `6.5.1+rev2`. */
  readonly version: string;
  /** As the server shows it: `6.5.1-<epoch ms>` for a draft, `6.5.1+rev1` for a final. */
  readonly rawVersion: string;
  readonly isFinal: boolean;
  readonly isInvalidated: boolean;
  /** Null for a draft. */
  readonly revision: number | null;
  readonly status: ReleaseStatus;
  /** Marks whose release this is: digest of application, version and source commit. Null for a foreign one. */
  readonly mark: string | null;
  /** The commit of the device repository it was built from, where known. */
  readonly sourceSha: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly images: readonly ReleaseImage[];
}

export interface DraftRequest {
  readonly application: string;
  readonly version: string;
  readonly mark: string;
  readonly sourceSha: string;
  /** sha256 of the docker archive of each service that was built, by service. */
  readonly archives: Readonly<Record<string, string>>;
  readonly contract: Readonly<Record<string, unknown>>;
  readonly composition: Readonly<Record<string, unknown>>;
}

/** Hostapp releases of a backend, under the server's own rules. */
export interface HostappReleases extends ReleaseImages {
  list(application: string): Promise<readonly HostappRelease[]>;
  find(releaseId: number): Promise<HostappRelease | undefined>;
  createDraft(request: DraftRequest): Promise<HostappRelease>;
  /** Sets the status and the given tags; a tag that has the value already is left alone. */
  update(
    releaseId: number,
    change: { readonly status?: ReleaseStatus; readonly tags?: Readonly<Record<string, string>> },
  ): Promise<void>;
  /** One way. Refuses (conflict `release.revision`) a `+revN` that is not the server's next revision. Final already: answers it. */
  finalize(releaseId: number): Promise<HostappRelease>;
  /** Takes a release out of every offer, for good reason; its files stay. Invalidated already: nothing happens. */
  invalidate(releaseId: number, reason: string): Promise<void>;
}
