export type ReleaseStatus = 'running' | 'success' | 'failed';

export interface ReleaseImage {
  readonly service: string;
  /** Digest of the docker archive that was pushed, lower-case hex sha256. */
  readonly archiveSha256: string;
  /** `sha256:<hex>` of the image as the registry knows it. */
  readonly contentHash: string;
  readonly sizeBytes: number;
}

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
  readonly contract: Readonly<Record<string, unknown>>;
  readonly composition: Readonly<Record<string, unknown>>;
}

export interface PushImageRequest {
  readonly releaseId: number;
  readonly service: string;
  /** Absolute path of a docker archive. */
  readonly archive: string;
  readonly archiveSha256: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Hostapp releases of a backend, under the server's own rules. */
export interface HostappReleases {
  list(application: string): Promise<readonly HostappRelease[]>;
  find(releaseId: number): Promise<HostappRelease | undefined>;
  createDraft(request: DraftRequest): Promise<HostappRelease>;
  /** Pushes one service's image; pushing the same bytes again changes nothing. */
  pushImage(request: PushImageRequest): Promise<ReleaseImage>;
  /** Sets the status and the given tags; a tag that has the value already is left alone. */
  update(
    releaseId: number,
    change: { readonly status?: ReleaseStatus; readonly tags?: Readonly<Record<string, string>> },
  ): Promise<void>;
  /** One way. Refuses (conflict `release.revision`) a `+revN` that is not the server's next revision. Final already: answers it. */
  finalize(releaseId: number): Promise<HostappRelease>;
}
