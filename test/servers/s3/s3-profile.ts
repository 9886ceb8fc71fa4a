/** What a server of this protocol does, and leaves out, as far as it matters to those who publish there. */
export interface S3Profile {
  /** `If-None-Match: *` on PUT: obeyed, not looked at, or answered with 304 as some versions of MinIO did. */
  readonly createOnly: 'obeyed' | 'ignored' | 'answers-304';
  /** `If-Match` on PUT. */
  readonly compareAndSwap: 'obeyed' | 'ignored' | 'not-implemented';
  /** Both on CompleteMultipartUpload. */
  readonly conditionalComplete: 'obeyed' | 'ignored';
  /** Checksums of `x-amz-checksum-*` that are verified and kept; others are not looked at. */
  readonly checksums: readonly ('SHA256' | 'CRC32' | 'CRC64NVME')[];
  /** Checksums over the whole object of a multipart upload. */
  readonly wholeChecksums: readonly ('CRC32' | 'CRC64NVME')[];
  /** These are verified at the end, and shown; else with parts only. */
  readonly verifiesWhole: boolean;
  readonly accessLists: 'kept' | 'ignored' | 'refused' | 'not-implemented';
  /** Unfinished uploads are listed for a prefix, or only for a whole key (MinIO). */
  readonly uploadListing: 'prefix' | 'exact-key';
  /** The ETag of a part or an object that came in one piece is its MD5; it is not with keys of KMS. */
  readonly etags: 'md5' | 'opaque';
  /** CompleteMultipartUpload tells the ETag of the object (Ceph 16 does not). */
  readonly tellsCompletedEtag: boolean;
  readonly smallestPartBytes: number;
  /** Entries of a page of a listing. */
  readonly pageSize: number;
}

const AWS: S3Profile = {
  createOnly: 'obeyed',
  compareAndSwap: 'obeyed',
  conditionalComplete: 'obeyed',
  checksums: ['SHA256', 'CRC32', 'CRC64NVME'],
  wholeChecksums: ['CRC32', 'CRC64NVME'],
  verifiesWhole: true,
  accessLists: 'kept',
  uploadListing: 'prefix',
  etags: 'md5',
  tellsCompletedEtag: true,
  smallestPartBytes: 5 * 1024 * 1024,
  pageSize: 3,
};

/** Servers that osrel should work with, and some that are worse. */
export const S3_PROFILES = {
  aws: AWS,
  'aws without access lists': { ...AWS, accessLists: 'refused' },
  'aws with keys of kms': { ...AWS, etags: 'opaque' },
  minio: { ...AWS, accessLists: 'ignored', uploadListing: 'exact-key' },
  r2: {
    ...AWS,
    accessLists: 'not-implemented',
    wholeChecksums: [],
    checksums: ['SHA256', 'CRC32'],
    conditionalComplete: 'ignored',
  },
  gcs: {
    ...AWS,
    checksums: [],
    wholeChecksums: [],
    compareAndSwap: 'not-implemented',
    conditionalComplete: 'ignored',
  },
  'ceph 20': { ...AWS, verifiesWhole: false },
  'ceph 16': {
    ...AWS,
    checksums: [],
    wholeChecksums: [],
    compareAndSwap: 'ignored',
    conditionalComplete: 'ignored',
    tellsCompletedEtag: false,
  },
  'an old minio': { ...AWS, createOnly: 'answers-304', accessLists: 'ignored', wholeChecksums: ['CRC32'] },
  'a server that ignores every condition': {
    ...AWS,
    createOnly: 'ignored',
    compareAndSwap: 'ignored',
    conditionalComplete: 'ignored',
    checksums: [],
    wholeChecksums: [],
  },
} as const satisfies Readonly<Record<string, S3Profile>>;
