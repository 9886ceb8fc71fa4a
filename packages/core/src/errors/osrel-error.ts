/** Kinds of failure a user can act on; everything else is a defect of osrel (exit code 70). */
export type ErrorKind =
  | 'tool' // a build tool failed
  | 'usage' // the command line or what it was given is wrong
  | 'config' // osrel.yml or a file of the repository is wrong
  | 'tests' // the product failed its tests, or there is too little evidence
  | 'refused' // a gate or a rule says no
  | 'upstream' // a remote side is unavailable or rejected the request
  | 'rig' // a test rig or other infrastructure failed
  | 'conflict' // a lock is held, or another release stands in the way
  | 'integrity' // bytes are not what the manifest says
  | 'permission' // authentication or authorisation failed
  | 'cancelled'; // interrupted by a signal; the run can be resumed

/** Exit code of each kind, as documented in docs/reference/exit-codes.md. A CI job may retry 5, 6 and 7. */
export const EXIT_CODES: Readonly<Record<ErrorKind, number>> = {
  tool: 1,
  usage: 2,
  config: 2,
  tests: 3,
  refused: 4,
  upstream: 5,
  rig: 6,
  conflict: 7,
  integrity: 8,
  permission: 9,
  cancelled: 130,
};

/** Exit code for a defect of osrel itself. */
export const DEFECT_EXIT_CODE = 70;

/** One of several problems found in one input, with the place it was found at. */
export interface Problem {
  /** Where: `file:line`, or a key path such as `tests.matrix[0].suite`. */
  readonly at: string;
  readonly message: string;
}

export interface OsrelErrorOptions {
  /** The next move: a command or an edit. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** Whether the same call may succeed later; the engine's retry policy asks for this. */
  readonly retryable?: boolean;
  /** Several problems of one input, all at once. */
  readonly problems?: readonly Problem[];
  /** Further JSON facts for `--json`; never a secret. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** A failure with a stable code, a sentence, and the next move. */
export class OsrelError extends Error {
  override readonly name = 'OsrelError';
  readonly kind: ErrorKind;
  /** Stable, dotted, listed in the error catalogue: `release.assets-missing`. */
  readonly code: string;
  readonly hint: string | undefined;
  readonly retryable: boolean;
  readonly problems: readonly Problem[];
  readonly details: Readonly<Record<string, unknown>>;

  constructor(kind: ErrorKind, code: string, message: string, options: OsrelErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.code = code;
    this.hint = options.hint;
    this.retryable = options.retryable ?? false;
    this.problems = options.problems ?? [];
    this.details = options.details ?? {};
  }

  /** The process exit code that `main` uses for this error. */
  get exitCode(): number {
    return EXIT_CODES[this.kind];
  }
}

type Make = (code: string, message: string, options?: OsrelErrorOptions) => OsrelError;

const make =
  (kind: ErrorKind): Make =>
  (code, message, options) =>
    new OsrelError(kind, code, message, options);

export const toolFailed: Make = make('tool');
export const badUsage: Make = make('usage');
export const badConfig: Make = make('config');
export const testsFailed: Make = make('tests');
export const refused: Make = make('refused');
export const upstreamFailed: Make = make('upstream');
export const rigFailed: Make = make('rig');
export const conflict: Make = make('conflict');
export const integrityBroken: Make = make('integrity');
export const notPermitted: Make = make('permission');
export const cancelled: Make = make('cancelled');

/**
 * The thrown value as an OsrelError, or undefined when it is a defect. A full disk and a refused write are nobody's
 * defect, wherever they strike.
 */
export function asOsrelError(error: unknown): OsrelError | undefined {
  if (error instanceof OsrelError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const message = error instanceof Error ? error.message : '';
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return toolFailed('disk.full', `no room left while writing: ${message}`, {
      hint: 'free space there (old folders below deploy/ and .osrel/runs/, build/tmp), then run the command again',
      cause: error,
    });
  }
  if (code === 'EACCES' || code === 'EROFS') {
    return toolFailed('disk.refused', `the system does not allow it: ${message}`, {
      hint: 'check owner, mode and mount of that place',
      cause: error,
    });
  }
  return undefined;
}
