/** One partition of a disk image; extended MBR containers are not listed, their logical partitions are. */
export interface PartitionEntry {
  /** MBR: position among the used primary entries (from 1), logical partitions from 5. GPT: slot + 1. */
  readonly index: number;
  /** MBR hex such as `0x83`, or GPT type GUID in upper case. */
  readonly type: string;
  /** GPT only, when the entry has one. */
  readonly name?: string;
  readonly firstByte: number;
  readonly lengthBytes: number;
}

/** What the partition table of an image says, in order of position on the disk. */
export interface ImageLayout {
  readonly table: 'mbr' | 'gpt' | 'none';
  readonly sizeBytes: number;
  readonly sectorSizeBytes: number;
  readonly partitions: readonly PartitionEntry[];
}

/** One compressed part on disk, as `image.json` lists it. */
export interface PreparedPart {
  readonly filename: string;
  /** CRC-32 of the plain bytes, unsigned. */
  readonly crc: number;
  /** Number of plain bytes. */
  readonly len: number;
  /** Number of compressed bytes: the size of the file. */
  readonly zLen: number;
  /** `(n)`; absent on gaps. */
  readonly partitionIndex?: string;
  /** Hex SHA-256 of the compressed part. */
  readonly sha256: string;
}

export interface PreparedImage {
  readonly manifestPath: string;
  readonly partsDirectory: string;
  readonly parts: readonly PreparedPart[];
  /** A block map of bmaptool's format 2.0 for the plain image. */
  readonly blockMapPath: string;
  /** The plain image; `sha256` in hex. */
  readonly image: { readonly sizeBytes: number; readonly sha256: string };
  readonly manifestSha256: string;
  readonly manifestSizeBytes: number;
}

export interface PrepareImageRequest {
  /** Path of the raw disk image. */
  readonly image: string;
  /** Gets `compressed<suffix>/part-N.deflate`, `image<suffix>.bmap` and `image<suffix>.json`; made when absent. */
  readonly outputDirectory: string;
  /** `''`, `flasher`, `raw`: the suffix is `-<variant>`, or nothing for `''`. */
  readonly variant: string;
  /** Called as plain bytes are compressed and written. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
  readonly signal?: AbortSignal;
}

export interface FindPreparedImageRequest {
  /** Path of the raw disk image; it is not read. */
  readonly image: string;
  readonly outputDirectory: string;
  readonly variant: string;
  /** Hex SHA-256 of the image that the parts must inflate to. */
  readonly imageSha256: string;
  readonly signal?: AbortSignal;
}

export interface VerifyImageRequest {
  /** Path of `image<suffix>.json`; the parts are expected in `compressed<suffix>` beside it. */
  readonly manifest: string;
  /** Path of the image that the inflated parts must equal. */
  readonly image?: string;
  /** Hex SHA-256 that the inflated image must have. */
  readonly expectedSha256?: string;
  readonly signal?: AbortSignal;
}

export interface ImageVerification {
  readonly parts: number;
  /** Size of the inflated image. */
  readonly sizeBytes: number;
  /** Hex SHA-256 of the inflated image. */
  readonly sha256: string;
  /** True when an image was given and equals the inflated parts; absent when none was given. */
  readonly matchesImage?: boolean;
}

/** Raw disk images and their compressed parts (balena-automation 7, balena-workflow 4.11). */
export interface DiskImages {
  /**
   * Reads the image once and writes its parts, block map and manifest; an earlier result of the same variant is
   * replaced, and a failure leaves no manifest of a half-written result. A block map that the build left beside the
   * image is checked in the same pass and kept; without one every block is mapped. Throws integrity
   * `image.block-map-wrong`, usage errors `image.*` for a bad image,
   * `disk.full` when there is no room, and a cancelled error when the signal fires.
   */
  prepare(request: PrepareImageRequest): Promise<PreparedImage>;
  /**
   * The result of an earlier `prepare` when it is complete: every part inflates to what the manifest says, and all of
   * them to an image of this SHA-256. Undefined when anything is missing or differs.
   */
  findPrepared(request: FindPreparedImageRequest): Promise<PreparedImage | undefined>;
  /**
   * Inflates the parts, checks every crc, len and zLen and, when `image` is given, that the concatenation equals it.
   * Throws an integrity error naming part, field and both values of every difference.
   */
  verify(request: VerifyImageRequest): Promise<ImageVerification>;
  /** Reads the partition table only. Throws usage errors `image.*`, and an integrity error for a wrong GPT checksum. */
  inspect(image: string): Promise<ImageLayout>;
}
