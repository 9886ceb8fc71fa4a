import type { ImagePlatform } from '../model/image-platform.ts';

export interface ReleaseImage {
  readonly service: string;
  /** Digest of the docker archive that was pushed, lower-case hex sha256; null for one copied from a registry. */
  readonly archiveSha256: string | null;
  /** `sha256:<hex>` of the image as the registry knows it. */
  readonly contentHash: string;
  readonly sizeBytes: number;
}

export interface PushImageRequest {
  readonly releaseId: number;
  readonly service: string;
  /** Absolute path of a docker archive. */
  readonly archive: string;
  readonly archiveSha256: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Told how many bytes have arrived since the last call, those that were there already included. */
  readonly onSent?: (bytes: number) => void;
}

/** An image that is not built but taken from a registry. */
export interface CopyImageRequest {
  readonly releaseId: number;
  readonly service: string;
  /** As the composition has it: `alpine:3.20`, `ghcr.io/owner/name@sha256:...`. */
  readonly reference: string;
  /** Which image of a list is meant. */
  readonly platform: ImagePlatform;
  readonly labels: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** The images of a release: one a service. */
export interface ReleaseImages {
  /** Pushes one service's image; pushing the same bytes again changes nothing. */
  pushImage(request: PushImageRequest): Promise<ReleaseImage>;
  /** Resolves the reference to a digest and copies that very image; a service whose image is complete is left alone. */
  copyImage(request: CopyImageRequest): Promise<ReleaseImage>;
}
