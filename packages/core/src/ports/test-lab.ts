import type { GivenFile, Rig, TestResult } from '../model/suite-report.ts';
import type { TestVerdict } from '../model/test-verdict.ts';

export type { TestResult } from '../model/suite-report.ts';

/** What one try of a suite came to. */
export interface SuiteResult {
  readonly verdict: TestVerdict;
  /** Name of the rule that decided, as docs/systems/testing.md lists them. */
  readonly rule: string;
  readonly because: string;
  /** Whether it ran to its own end and its report is whole: only then may waived failures let it pass. */
  readonly isWhole: boolean;
  readonly tests: readonly TestResult[];
  /** Files of the release that were handed over, digested while that was done; empty where it never came to that. */
  readonly given: readonly GivenFile[];
  /** Null when no rig was reached. */
  readonly rig: Rig | null;
  readonly suiteRevision: string | null;
}

/** A file of the release in the deploy folder. */
export interface ReleaseFile {
  /** Its name in the release manifest. */
  readonly name: string;
  /** Absolute path. */
  readonly path: string;
}

export interface SuiteRequest {
  /** Id of the matrix entry. */
  readonly id: string;
  readonly suite: string;
  readonly lab: string;
  /** `testbot`, `qemu` or `local`. */
  readonly worker: string;
  readonly command: readonly string[];
  readonly results: 'tap' | 'junit';
  /** Absolute path. */
  readonly deployDirectory: string;
  /** The disk image that the entry asks for; null for a device type without one. */
  readonly image: ReleaseFile | null;
  /** The hostapp archive; null where none was staged. */
  readonly hostapp: ReleaseFile | null;
  readonly kernelHeaders: ReleaseFile | null;
  readonly machine: string;
  readonly slug: string;
  /** balena architecture of the device type: `amd64`, `aarch64`. */
  readonly architecture: string;
  readonly version: string;
  readonly timeoutMs: number;
  /** Environment whose balena account the suite uses; null: the one in force. */
  readonly environment: string | null;
  /** Fleets to look for rigs in; null: as configured. */
  readonly workerFleets: readonly string[] | null;
  readonly testOrganization: string | null;
  readonly secureBoot: boolean;
  readonly testImage: 'balena.img' | 'balena-flasher.img' | 'balena-raw.img' | null;
  /** What the console must show, as a regular expression; null: as configured. Only with lab `qemu`. */
  readonly marker: string | null;
  /** False where a failed test must not end the suite, because a waiver may cover it. */
  readonly failFast: boolean;
  /** From 1. */
  readonly attempt: number;
  /** Ids of rigs that failed this suite before; taken only when no other can ever be had. */
  readonly avoidRigs: readonly string[];
}

/** How far a suite is, for people who watch. */
export interface SuiteProgress {
  readonly activity:
    | 'preparing'
    | 'waiting'
    | 'starting'
    | 'uploading'
    | 'flashing'
    | 'testing'
    | 'collecting'
    | 'leaving';
  readonly rig: Rig | null;
  /** Name of the test that runs; null between tests. */
  readonly running: string | null;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Of an upload or of flashing; null elsewhere. */
  readonly percent: number | null;
}

export interface SuiteObserver {
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
  readonly onProgress: (progress: SuiteProgress) => void;
  /**
   * Keeps a copy of a file with the run's logs: `serial.log`, `artifacts.tar.gz`, `screen.png`. Secrets are hidden in
   * a `text`. A missing file is nothing to keep.
   */
  readonly keep: (name: string, path: string, kind: 'text' | 'binary') => Promise<void>;
}

/**
 * Runs one suite against the built bytes and says what was seen; a failing product or rig is an answer, not an
 * exception. Whatever happens, every rig it took is free again when it returns or throws.
 */
export interface TestLab {
  /** Labs that `runSuite` can drive. */
  readonly labs: readonly string[];
  runSuite(request: SuiteRequest, observer: SuiteObserver): Promise<SuiteResult>;
}
