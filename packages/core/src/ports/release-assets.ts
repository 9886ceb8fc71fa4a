import type { ReadDigest } from './object-reader.ts';

export interface ReleaseAsset {
  readonly key: string;
  readonly sizeBytes: number;
  /** Lower-case hex; null while the content is missing or where the backend does not tell. */
  readonly sha256: string | null;
  /** False for a row whose upload never finished. */
  readonly isComplete: boolean;
}

export interface AttachAssetRequest {
  readonly releaseId: number;
  readonly key: string;
  /** Absolute path. */
  readonly file: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly mediaType: string;
  readonly signal?: AbortSignal;
  /** Told how many bytes have arrived since the last call. */
  readonly onSent?: (bytes: number) => void;
}

/** Files attached to a release. */
export interface ReleaseAssets {
  list(releaseId: number): Promise<readonly ReleaseAsset[]>;
  /** Attaches or, on a draft, replaces; refuses to change an asset of a final release. Checks size and digest after. */
  attach(request: AttachAssetRequest): Promise<ReleaseAsset>;
  /** Reads the whole content as a consumer does and digests it; undefined when there is none. */
  readDigest(releaseId: number, key: string, signal?: AbortSignal): Promise<ReadDigest | undefined>;
  /** Text of an asset (manifests, versions); undefined when there is none. */
  readText(releaseId: number, key: string): Promise<string | undefined>;
}
