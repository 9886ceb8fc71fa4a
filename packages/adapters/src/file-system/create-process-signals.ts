/** Process ids and signals of this machine. */
export interface LocalProcessSignals {
  readonly ownPid: number;
  /** Throws like `process.kill`. */
  readonly send: (pid: number, signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL') => void;
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

/** Numeric user and group of this process; of root where the system has none. */
export function ownUser(): { readonly uid: number; readonly gid: number } {
  return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
}
