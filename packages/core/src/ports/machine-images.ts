import type { TestResult } from '../model/suite-report.ts';
import type { TestVerdict } from '../model/test-verdict.ts';
import type { SuiteObserver } from './test-lab.ts';

export type MachineImageArchitecture = 'x86_64' | 'arm64';

/** Whose image it is, and of which bytes: kept as tags on everything that is made of it. */
export interface MachineImageOrigin {
  /** The mark of the release, as its draft carries it. */
  readonly mark: string;
  /** Of the raw disk image; lower-case hex. */
  readonly sha256: string;
}

/** An image of this account that virtual machines start from. */
export interface MachineImage {
  /** `ami-...`. */
  readonly id: string;
  readonly name: string;
  /** The snapshot its root disk is made from; null where the service does not tell. */
  readonly snapshotId: string | null;
  /** Null for an image that osrel did not make. */
  readonly origin: MachineImageOrigin | null;
  /** `pending`: nobody has accepted it yet. Null: it was made without a test. */
  readonly test: 'pending' | 'passed' | null;
  /** Whether machines can be started from it, now or in a moment. */
  readonly isUsable: boolean;
}

/** A disk image on its way from the bucket into a snapshot. `message` is what the service says about it. */
export type SnapshotImport =
  | {
      readonly state: 'active';
      readonly id: string;
      readonly progressPercent: number | null;
      readonly message: string;
    }
  | {
      readonly state: 'completed';
      readonly id: string;
      readonly snapshotId: string;
      readonly message: string;
    }
  | { readonly state: 'failed'; readonly id: string; readonly message: string };

export interface ImportRequest extends MachineImageOrigin {
  /** Name of the image it is for; for people who look at their snapshots. */
  readonly name: string;
  /** Key of the raw disk image in the bucket for imports. */
  readonly key: string;
}

export interface RegisterRequest extends MachineImageOrigin {
  readonly name: string;
  readonly snapshotId: string;
  readonly architecture: MachineImageArchitecture;
  /** Whether a test has yet to accept it. */
  readonly isTested: boolean;
}

export interface MachineImageTest {
  readonly imageId: string;
  readonly name: string;
  /** Words of the command; it finds the image's id in OSREL_MACHINE_IMAGE. */
  readonly command: readonly string[];
  readonly timeoutMs: number;
}

export interface MachineImageTestResult {
  readonly verdict: TestVerdict;
  readonly tests: readonly TestResult[];
  readonly because: string;
}

/** Machine images of one account in one region (balena-workflow 10). */
export interface MachineImages {
  /** The image of exactly this name in the own account. */
  findImage(name: string, signal?: AbortSignal): Promise<MachineImage | undefined>;
  /**
   * The newest import of these bytes for this release, or the one of that id; one whose snapshot is gone has failed.
   * Undefined: there is none, or the service does not show it yet.
   */
  findImport(
    origin: MachineImageOrigin & { readonly id: string | null },
    signal?: AbortSignal,
  ): Promise<SnapshotImport | undefined>;
  /** Starts an import; one of the same bytes for the same release that is alive is answered instead. */
  startImport(request: ImportRequest, signal?: AbortSignal): Promise<SnapshotImport>;
  /**
   * Makes the image from the snapshot; its own image of that name is answered when there is one already. Throws conflict
   * `machine-image.name-taken` when another one has the name.
   */
  registerImage(request: RegisterRequest, signal?: AbortSignal): Promise<MachineImage>;
  /** Records on the image that its test passed. */
  recordTest(imageId: string, signal?: AbortSignal): Promise<void>;
  /** Removes image and snapshot, each where it is given; what is gone is removed already. */
  remove(made: { readonly imageId: string | null; readonly snapshotId: string | null }): Promise<void>;
  /** Runs the test command; a failing image is an answer, not an exception. */
  runTest(
    request: MachineImageTest,
    observer: Pick<SuiteObserver, 'signal' | 'onLine'>,
  ): Promise<MachineImageTestResult>;
}
