/** What becomes of one flashing of a scripted rig. */
export type FlashResult = 'DONE' | 'ERROR' | 'PENDING';

export interface WorkerTimer {
  /** Calls back once after that time, unless what it returned is called first. */
  readonly start: (callback: () => void, milliseconds: number) => () => void;
}

export interface WorkerOptions {
  readonly workerType?: 'qemu' | 'testbot_hat' | 'autokit';
  /** Absent on a worker that is no balena device. */
  readonly uuid?: string;
  readonly features?: Readonly<Record<string, boolean | string>>;
  /** What /dut/serial gives; null: the rig has none. */
  readonly serial?: string | Uint8Array | null;
  /** What flashing after flashing comes to; DONE when the list is over. PENDING: never ends. */
  readonly flash?: readonly FlashResult[];
  /** Address of the device under test. */
  readonly dutIp?: string;
  /** The real worker tears itself down after 300000 ms without a heartbeat. */
  readonly heartbeatLimitMs?: number;
  /** Counts that time; the machine's own when absent. */
  readonly timer?: WorkerTimer;
  /** Answers https with this instead of http. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

const HEARTBEAT_LIMIT_MS = 300_000;

const systemTimer: WorkerTimer = {
  start: (callback, milliseconds) => {
    const timer = setTimeout(callback, milliseconds).unref();
    return () => clearTimeout(timer);
  },
};

export type WorkerState = ReturnType<typeof createWorkerState>;

/** One rig: who has it, its power and its flashing (leviathan 3.6). */
export function createWorkerState(options: WorkerOptions, changed: () => void) {
  const { heartbeatLimitMs = HEARTBEAT_LIMIT_MS, timer = systemTimer } = options;
  const flashes = [...(options.flash ?? [])];
  let state: 'IDLE' | 'BUSY' = 'IDLE';
  let flashState: 'IDLE' | FlashResult = 'IDLE';
  let power: 'on' | 'off' = 'off';
  /** Undefined before the first start: the real worker has no timer then and fails. */
  let stopTimer: (() => void) | undefined;
  let wasCleared = false;
  const counts = { starts: 0, teardowns: 0, heartbeats: 0, expiries: 0 };
  const expire = () => {
    power = 'off';
    state = 'IDLE';
    counts.expiries += 1;
    changed();
  };
  const rearm = () => {
    stopTimer?.();
    stopTimer = timer.start(expire, heartbeatLimitMs);
  };
  return {
    counts,
    state: () => state,
    power: () => power,
    flashState: () => flashState,
    setPower: (next: 'on' | 'off') => {
      power = next;
      changed();
    },
    start: (): 'OK' | 'BUSY' => {
      if (state === 'BUSY') return 'BUSY';
      state = 'BUSY';
      wasCleared = false;
      counts.starts += 1;
      rearm();
      changed();
      return 'OK';
    },
    /** False when there is no timer to wind up, which the real worker answers with an error. */
    heartbeat: (): boolean => {
      if (stopTimer === undefined) return false;
      // A timer that ran out starts again; one that a teardown ended does not.
      if (!wasCleared) rearm();
      counts.heartbeats += 1;
      changed();
      return true;
    },
    teardown: () => {
      power = 'off';
      state = 'IDLE';
      flashState = 'IDLE';
      stopTimer?.();
      wasCleared = true;
      counts.teardowns += 1;
      changed();
    },
    flash: () => {
      flashState = 'PENDING';
      const result = flashes.shift() ?? 'DONE';
      setImmediate(() => {
        flashState = result;
        changed();
      });
    },
    expire,
    end: () => stopTimer?.(),
  };
}
