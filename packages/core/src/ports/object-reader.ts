export type Visibility = 'public' | 'private';

export interface StoredObject {
  readonly key: string;
  readonly sizeBytes: number;
  /** Lower-case hex of the content; null where the store does not tell. */
  readonly sha256: string | null;
  /** Changes whenever the object changes; for compare-and-swap. */
  readonly etag: string;
  /** Null where the store does not tell (a listing, or a store without access control lists). */
  readonly visibility: Visibility | null;
}

export interface FetchFileRequest {
  readonly key: string;
  /** Absolute path of the file to make; its folder exists. */
  readonly file: string;
  readonly sizeBytes: number;
  /** Lower-case hex that the content must have. */
  readonly sha256: string;
  readonly signal?: AbortSignal;
}

/** What a consumer that reads all of it sees. */
export interface ReadDigest {
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** What lies in a bucket. A failed listing throws; it is never "empty". Keys are posix paths without a leading slash. */
export interface ObjectReader {
  /** Every object below the prefix, by key; from a listing alone, so that digest and visibility may be null. */
  list(prefix: string): Promise<readonly StoredObject[]>;
  /** Names of the folders directly below the prefix (which ends with a slash), sorted, without slashes. */
  listFolders(prefix: string): Promise<readonly string[]>;
  /** One object with everything the store knows of it. */
  find(key: string): Promise<StoredObject | undefined>;
  readText(key: string): Promise<{ readonly text: string; readonly etag: string } | undefined>;
  /** Reads the whole content as a consumer does and digests it; undefined when there is none. */
  readDigest(key: string, signal?: AbortSignal): Promise<ReadDigest | undefined>;
  /** Makes the file from the object, whole or not at all. Throws integrity when size or digest differ. */
  fetchFile(request: FetchFileRequest): Promise<void>;
}
