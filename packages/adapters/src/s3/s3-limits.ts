const MEBIBYTE = 1024 * 1024;

/** What a store takes of this machine. */
export interface S3Limits {
  /** Transfers under way at a time, over all files of the store; each holds one part in memory. */
  readonly slots: number;
  /** A file that is not larger goes in one request. */
  readonly partBytes: number;
  /** Transfers beside these: of files so small that they mostly wait for the answer. */
  readonly smallSlots: number;
  readonly smallBytes: number;
  /** What a part may be larger than that, to tell uploads apart (plan-parts.ts). */
  readonly spreadBytes: number;
  /** A connection over which nothing comes or goes for so long is given up. */
  readonly silenceMs: number;
}

/** About 70 MiB of buffers; parts large enough that their requests do not count, and small enough to lose one. */
export const S3_LIMITS: S3Limits = {
  slots: 6,
  partBytes: 8 * MEBIBYTE,
  smallSlots: 16,
  smallBytes: MEBIBYTE,
  spreadBytes: MEBIBYTE / 2,
  silenceMs: 60_000,
};
