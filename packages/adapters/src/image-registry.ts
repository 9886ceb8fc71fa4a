/** What a registry asks for before it lets somebody in. */
export interface AuthorizationWish {
  /** Address of the token server as the registry names it; null when it names none. */
  readonly realm: string | null;
  readonly service: string | null;
  /** `repository:v2/abc:pull,push`, one for each repository the request touches. */
  readonly scopes: readonly string[];
}

/** Answers a bearer token for the wish. Called again when the registry no longer takes the last one. */
export type Authorize = (wish: AuthorizationWish) => Promise<string>;

/** A repository that receives an image. */
export interface ImageTarget {
  /** `https://registry2.balena-cloud.com`; plain http only when it says so. */
  readonly registry: string;
  /** Without the host: `v2/0123abc`. */
  readonly repository: string;
  /** Repositories of the same registry that may have the same layers, likeliest first; only the first few are asked. */
  readonly mountFrom: readonly string[];
  /** A name to move to the image besides; none is needed to pull it by its digest. */
  readonly tag?: string;
  /** Absent: the registry's own token server is asked, with the login that docker has for it, else without any. */
  readonly authorize?: Authorize;
  /** How messages name the credential behind `authorize`: the name of its environment variable. */
  readonly credential?: string;
  readonly signal?: AbortSignal;
  /** Told how many bytes have arrived since the last call, those that were there already included. */
  readonly onSent?: (bytes: number) => void;
}

export interface PushRequest extends ImageTarget {
  /** Absolute path of a docker archive, of an OCI layout as a tar, or of a folder with an OCI layout. */
  readonly archive: string;
  /** Lower-case hex; null for a folder, whose files are checked one by one. */
  readonly archiveSha256: string | null;
}

export interface Platform {
  readonly os: 'linux';
  /** As images name it: `amd64`, `arm64`, `arm`. */
  readonly architecture: string;
  /** `v6`, `v7`; absent: the usual one of the architecture. */
  readonly variant?: string;
}

/** An image in another registry. */
export interface ImageWish {
  /** `alpine:3.20`, `ghcr.io/owner/name@sha256:...`; without a host it is one of docker.io, without a tag `latest`. */
  readonly reference: string;
  /** Null: whatever the reference names, as long as that is one image. */
  readonly platform: Platform | null;
}

export interface PushedImage {
  /** `sha256:<hex>` of the image manifest: what an engine pulls. */
  readonly digest: string;
  readonly mediaType: string;
  readonly manifestBytes: number;
  /** `sha256:<hex>` of the image config: what engines call the image id. */
  readonly configDigest: string;
  /** Config and layers, each once, as the registry holds them. */
  readonly sizeBytes: number;
}

export interface CopiedImage extends PushedImage {
  /** What the reference meant: `docker.io/library/alpine@sha256:...`, of this very image. */
  readonly source: string;
}

/**
 * Container images to and from registries, without a container engine. Whatever is in the registry already is not sent
 * again, so every call may be repeated. Throws permission `registry.refused`, upstream `registry.*` (retryable where
 * that may help), integrity `image.*` and `registry.*`, and the signal's reason.
 */
export interface ImageRegistry {
  /** Pushes the one image of an archive, its config byte for byte. */
  push(request: PushRequest): Promise<PushedImage>;
  /** Copies the very image that the reference means now, manifest byte for byte. */
  copy(request: ImageTarget & ImageWish): Promise<CopiedImage>;
  /**
   * The same into the blobs of an OCI layout, `<folder>/blobs/sha256/<hex>`, manifest included. The layout's index is
   * left to the caller.
   */
  fetch(
    request: ImageWish & { readonly folder: string; readonly signal?: AbortSignal },
  ): Promise<CopiedImage>;
}
