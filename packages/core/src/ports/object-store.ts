export type Visibility = 'public' | 'private';

export interface StoredObject {
  readonly key: string;
  readonly sizeBytes: number;
  /** Lower-case hex of the content; null where the store does not tell. */
  readonly sha256: string | null;
  /** Changes whenever the object changes; for compare-and-swap. */
  readonly etag: string;
  readonly visibility: Visibility;
}

export interface PutFileRequest {
  readonly key: string;
  /** Absolute path. */
  readonly file: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly mediaType: string;
  readonly visibility: Visibility;
  readonly signal?: AbortSignal;
}

/** What must be true of the object now, else the write is refused with `conflict('store.precondition')`. */
export type Expectation =
  | { readonly kind: 'anything' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'etag'; readonly etag: string };

export interface PutTextRequest {
  readonly key: string;
  readonly text: string;
  readonly mediaType: string;
  readonly visibility: Visibility;
  readonly expected: Expectation;
}

/** A bucket. A failed listing throws; it is never "empty". Keys are posix paths without a leading slash. */
export interface ObjectStore {
  list(prefix: string): Promise<readonly StoredObject[]>;
  find(key: string): Promise<StoredObject | undefined>;
  readText(key: string): Promise<{ readonly text: string; readonly etag: string } | undefined>;
  /** Stores the file, checks that size and sha256 are what was announced, and only then makes it visible. */
  putFile(request: PutFileRequest): Promise<StoredObject>;
  putText(request: PutTextRequest): Promise<StoredObject>;
  /** Removing an absent object is done already. */
  remove(key: string): Promise<void>;
}
