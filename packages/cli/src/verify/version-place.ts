/** A published version that can be read: a folder or an address. */
export interface VersionPlace {
  /** As the user named it. */
  readonly name: string;
  /** Whether the place can tell files that the manifest does not list. */
  readonly canList: boolean;
  /** Paths of all files, posix; only where `canList`. */
  readonly list: () => Promise<readonly string[]>;
  /** Text of a small file; undefined when it is not there. */
  readonly findText: (name: string) => Promise<string | undefined>;
  /** Size and digest of a file, read once; undefined when it is not there. */
  readonly findDigest: (
    name: string,
    signal: AbortSignal,
  ) => Promise<{ readonly sizeBytes: number; readonly sha256: string } | undefined>;
}
