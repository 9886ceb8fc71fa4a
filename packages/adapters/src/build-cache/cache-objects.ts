/** Files under names with `/`, written whole or not at all. */
export interface CacheObjects {
  /** For lines: `/var/cache/osrel` or `s3://bucket/prefix`. */
  readonly place: string;
  /** Every file below the prefix, by name relative to it, with its size in bytes. */
  readonly list: (prefix: string) => Promise<ReadonlyMap<string, number>>;
  /** Writes the object to the path, which appears only when it is complete. */
  readonly fetch: (name: string, path: string, signal: AbortSignal) => Promise<void>;
  readonly store: (name: string, path: string, signal: AbortSignal) => Promise<void>;
}
