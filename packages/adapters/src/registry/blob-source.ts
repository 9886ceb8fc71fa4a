import type { Readable } from 'node:stream';

/** Bytes that go to a registry under their digest. */
export interface BlobSource {
  /** `sha256:<hex>`. */
  readonly digest: string;
  readonly sizeBytes: number;
  /** The bytes from `start` up to, not including, `end`. */
  readonly open: (start: number, end: number) => Promise<Readable>;
}
