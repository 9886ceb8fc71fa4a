import type {
  AnyStepKind,
  Clock,
  Config,
  DiskImages,
  ExecuteRequest,
  PlannedRelease,
  PlanRequest,
  Ports,
  ReceiptKey,
  Redactor,
  ReleaseLock,
  RunReport,
  RunStore,
  Trigger,
} from '@osrel/core';
import type { Flags } from './flags.ts';
import type { Interruption } from './interruption.ts';
import type { Settings } from './settings.ts';
import type { Terminal } from './terminal.ts';
import type { Paint } from './text/paint.ts';

/** Hides secrets in text. */
export interface TextRedactor {
  readonly text: (text: string) => string;
}

/** What a CI event was read as, with the reasons. */
export interface CiEvent {
  readonly trigger: Trigger;
  /** How it was detected, a line a reason. */
  readonly trace: readonly string[];
  /** Deployment environment that the event names. */
  readonly deployEnvironment: string | null;
}

/** One checkout with everything of it that a command may touch. */
export interface Workspace {
  /** Absolute path of the repository root. */
  readonly root: string;
  readonly config: Config;
  /** Name of the deployment environment in force. */
  readonly environment: string;
  readonly ports: Ports;
  readonly runStore: RunStore;
  readonly releaseLock: ReleaseLock;
  /** Public keys whose test receipts count here, base64 of 32 bytes. */
  readonly trustedReceiptKeys: () => Promise<readonly string[]>;
  readonly redactor: TextRedactor & Pick<Redactor, 'stream'>;
  /** Values to hide, for CI systems that mask logs themselves. */
  readonly secretValues: readonly string[];
}

/** Everything that `main` wires; commands get nothing else. */
export interface Host {
  readonly version: string;
  /** `v24.21.0`. */
  readonly nodeVersion: string;
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly interruption: Interruption;
  /** Colours for stdout and stderr. */
  readonly paint: { readonly stdout: Paint; readonly stderr: Paint };
  /** 32 random hex digits. */
  readonly randomToken: () => string;
  /** Prints a failure on stderr that was already answered for on stdout. */
  readonly complain: (error: unknown) => void;
  /** The repository around `settings.directory`. Throws config errors; `environment` overrides the configured one. */
  readonly openWorkspace: (settings: Settings, environment?: string | null) => Promise<Workspace>;
  /** Needs no repository. */
  readonly diskImages: () => Promise<DiskImages>;
  /** Writes a new private key to a file for its owner alone; undefined where the name is taken. Needs no repository. */
  readonly makeReceiptKey: (path: string) => Promise<ReceiptKey | undefined>;
  /** `replay`: a payload in a file, and the commit of the checkout for an event that names none. */
  readonly readCiEvent: (
    replay: { readonly file: string; readonly headSha: string } | null,
  ) => Promise<CiEvent>;
  readonly planRelease: (request: PlanRequest, ports: Ports) => Promise<readonly PlannedRelease[]>;
  readonly stepKinds: () => Promise<ReadonlyMap<string, AnyStepKind>>;
  readonly executePlan: (request: ExecuteRequest) => Promise<RunReport>;
}

/** Parsed command line of one command. */
export interface Invocation {
  /** As typed, without options: `esr plan`. */
  readonly command: string;
  readonly arguments: readonly string[];
  readonly flags: Flags;
  readonly settings: Settings;
}

/** One command: returns its exit code, or throws. */
export type CommandRun = (invocation: Invocation, host: Host) => Promise<number>;
