/** Process ids and signals of this machine. */
export interface LocalProcessSignals {
  readonly ownPid: number;
  /** Throws like `process.kill`. */
  readonly send: (pid: number, signal: 'SIGTERM' | 'SIGKILL') => void;
}

/** The signals of this very process, for stopping what an osrel that died has left running. */
export function createProcessSignals(): LocalProcessSignals {
  return {
    ownPid: process.pid,
    send: (pid, signal) => {
      process.kill(pid, signal);
    },
  };
}
