import { createFrameFaults } from './frame-fault.ts';
import { createMachineState } from './machine-state.ts';
import type { SuiteProcess, SuiteRun, SuiteScript } from './suite-child.ts';

/** Names below the core's /data by the id of the artifact, in the order in which it asks for them. */
export const UPLOADS = {
  image: 'os.img',
  config: 'config.json',
  suite: 'suite',
  kernelHeaders: 'kernel_modules_headers.tar.gz',
} as const;

export type ArtifactId = keyof typeof UPLOADS;

/** One `POST /upload`. */
export interface CoreUpload {
  readonly id: string;
  readonly name: string;
  /** As sent; NaN when there was none. */
  readonly token: number;
  readonly attempt: number;
  readonly hash: string;
  readonly outcome: 'cache' | 'done' | 'unauthorized' | 'broken';
  /** Names in the archive. */
  readonly entries: readonly string[];
}

/** The upload that the core asks for. */
export interface AskedUpload {
  token: number | undefined;
  attempt: number;
  success: boolean | null;
  again: boolean;
}

export interface CoreWorld {
  /** Below /data; folders are not kept. */
  readonly files: Map<string, Buffer>;
  readonly artifacts: Map<string, Buffer>;
  readonly reports: Map<string, Buffer>;
  readonly uploads: CoreUpload[];
  readonly runs: SuiteRun[];
  /** Their processes; also those that the core forgot. */
  readonly processes: SuiteProcess[];
  /** Stops every suite that runs. */
  stopAll(): void;
  readonly machine: ReturnType<typeof createMachineState>;
  readonly frameFaults: ReturnType<typeof createFrameFaults>;
  readonly asked: AskedUpload;
  /** The suite that the core remembers; it may have forgotten one that still runs. */
  suite: SuiteProcess | null;
  script: SuiteScript;
  /** No pings and no frames any more. */
  isQuiet: boolean;
  readonly pollMs: number;
  readonly pingMs: number;
  readonly onStop: SuiteScript | undefined;
  readonly exitCodeOnStop: number;
  readonly changed: () => void;
}

export interface CoreOptions {
  /** What a run is; a passing suite when absent. */
  readonly suite?: SuiteScript;
  /** The time between two looks at whether an upload is done, in milliseconds; the real core takes 2000. */
  readonly pollMs?: number;
  /** The real core pings every 1000 ms. */
  readonly pingMs?: number;
  /** What the suite does when it is stopped, before it exits. */
  readonly onStop?: SuiteScript;
  /** 0 when absent: a stopped suite looks passed. */
  readonly exitCodeOnStop?: number;
}

export function createCoreWorld(
  script: SuiteScript,
  { pollMs = 5, pingMs = 20, onStop, exitCodeOnStop = 0 }: CoreOptions,
  changed: () => void,
): CoreWorld {
  const processes: SuiteProcess[] = [];
  return {
    processes,
    stopAll: () => {
      for (const process of processes) process.stop();
    },
    files: new Map(),
    artifacts: new Map(),
    reports: new Map(),
    uploads: [],
    runs: [],
    machine: createMachineState(changed),
    frameFaults: createFrameFaults(),
    asked: { token: undefined, attempt: 0, success: null, again: false },
    suite: null,
    script,
    isQuiet: false,
    pollMs,
    pingMs,
    onStop,
    exitCodeOnStop,
    changed,
  };
}
