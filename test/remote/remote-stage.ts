import { onTestFinished } from 'vitest';
import { type MachineOptions, openRemoteMachine, type RemoteMachine } from './remote-machine.ts';
import { type RemoteServers, startRemoteServers } from './remote-servers.ts';

/** Servers that end with the test. */
export async function useServers(fleets?: readonly string[]): Promise<RemoteServers> {
  const servers = await startRemoteServers(fleets);
  onTestFinished(() => servers.close());
  return servers;
}

/** A machine that goes away with the test. */
export async function useMachine(servers: RemoteServers, options?: MachineOptions): Promise<RemoteMachine> {
  const machine = await openRemoteMachine(servers, options);
  onTestFinished(machine.remove);
  return machine;
}
