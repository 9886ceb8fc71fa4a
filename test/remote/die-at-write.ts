import type { RemoteMachine } from './remote-machine.ts';
import { isWrite, type RemoteServers } from './remote-servers.ts';
import { type RunEnd, runRelease } from './run-release.ts';

/** The end of a machine: at a write of its own, counted from 1. */
export interface Death {
  readonly atWrite: number;
  /** Whether the server still got the write; nobody heard of it in either case. */
  readonly writeIs: 'done' | 'lost';
}

/**
 * A release on a machine that loses its power at a write: nothing that it does later reaches a server. Answers how it
 * ended for itself, which nobody ever hears; done when the release had fewer writes left.
 */
export async function runUntilDeath(
  servers: RemoteServers,
  machine: RemoteMachine,
  { atWrite, writeIs }: Death,
): Promise<RunEnd> {
  const power = new AbortController();
  let writes = 0;
  servers.disturb((request) => {
    if (writes >= atWrite) return 'reset before';
    if (!isWrite(request)) return undefined;
    writes += 1;
    if (writes < atWrite) return undefined;
    power.abort(new Error('the power failed'));
    return writeIs === 'done' ? 'reset after' : 'reset before';
  });
  const end = await runRelease(machine, { signal: power.signal });
  servers.disturb(null);
  return end;
}
