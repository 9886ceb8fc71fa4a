import type { ProcessSignals } from '../../program-runner.ts';

/** Sends a signal to a process that may have ended meanwhile. Throws like `process.kill` for any other reason. */
export function sendIfRunning(
  signals: ProcessSignals,
  pid: number,
  signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL',
): void {
  try {
    signals.send(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
