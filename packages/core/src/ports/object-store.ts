import type { ObjectReader, StoredObject, Visibility } from './object-reader.ts';

export interface PutFileRequest {
  readonly key: string;
  /** Absolute path. */
  readonly file: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly mediaType: string;
  readonly visibility: Visibility;
  readonly expected: Expectation;
  readonly signal?: AbortSignal;
  /** Told how many bytes have arrived since the last call, those of an earlier, cut upload included. */
  readonly onSent?: (bytes: number) => void;
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

/** A bucket that can be written to. */
export interface ObjectStore extends ObjectReader {
  /**
   * Stores the file, or what of it is not there yet when an earlier upload of the same bytes was cut, by whatever
   * process on whatever machine; checks that size and sha256 are what was announced, and only then makes it visible.
   */
  putFile(request: PutFileRequest): Promise<StoredObject>;
  putText(request: PutTextRequest): Promise<StoredObject>;
  /** Removing an absent object is done already. */
  remove(key: string): Promise<void>;
}
