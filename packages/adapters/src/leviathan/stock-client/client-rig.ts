import type { LeviathanConfig, Rig } from '@osrel/core';
import type { DriveRequest } from '../drive-natively.ts';
import { fetchSerial } from '../fetch-serial.ts';
import type { HeldRig } from '../leviathan-parts.ts';
import { createRigRequests } from '../rig-requests.ts';
import type { SettingsRig } from '../suite-settings.ts';

/**
 * Where the client gets its rig. Of several addresses it would run the suite once on each: the first idle one is named
 * that did not fail this suite before. Asking for the state reserves nothing; the client does that itself.
 */
export async function chooseClientRig(drive: DriveRequest, config: LeviathanConfig): Promise<SettingsRig> {
  const { place, request, follower } = drive;
  const addresses = place.rigAddresses ?? config.rigs;
  if (addresses.length === 0) return { kind: 'fleets', fleets: request.workerFleets ?? config.fleets };
  const requests = createRigRequests();
  const isFresh = (url: string): boolean => !request.avoidRigs.includes(url);
  const ordered = [...addresses].sort((left, right) => Number(isFresh(right)) - Number(isFresh(left)));
  for (const url of ordered) {
    const state = await requests.state(url, follower.signal).catch((error: unknown) => {
      follower.signal.throwIfAborted();
      drive.onNote(`${url} does not say its state: ${error instanceof Error ? error.message : error}`);
      return 'busy' as const;
    });
    if (state === 'idle') return { kind: 'address', url: place.rigUrlForCore(url) };
  }
  return { kind: 'address', url: place.rigUrlForCore(ordered[0] ?? '') };
}

/** The rig by the address that the client has reserved it at. */
export function rigAt(
  clientUrl: string,
  { place, request }: DriveRequest,
): { readonly rig: Rig; readonly url: string } {
  // In a compose project the client knows the rig by a name that means nothing here.
  const url = place.rigAddresses?.find((each) => place.rigUrlForCore(each) === clientUrl) ?? clientUrl;
  const [, uuid] = /^https:\/\/([0-9a-f]{32,62})\./.exec(url) ?? [];
  return { url, rig: { id: uuid ?? url, kind: request.worker, name: null } };
}

/**
 * The rig that the client has reserved and keeps alive. It is torn down here only where `isOurs` says that nobody else
 * has: most suites free it themselves, and then it may be another's by now.
 */
export function holdClientRig(clientUrl: string, drive: DriveRequest, isOurs: () => boolean): HeldRig {
  const { rig, url } = rigAt(clientUrl, drive);
  let releasing: Promise<void> | undefined;
  const release = async (): Promise<void> => {
    if (!isOurs()) return;
    try {
      await createRigRequests().teardown(url);
    } catch (error) {
      const because = error instanceof Error ? error.message : String(error);
      drive.onNote(
        `rig ${url} could not be freed (${because}); without heartbeats it frees itself within 5 minutes`,
      );
    }
  };
  return {
    rig,
    url,
    lost: new AbortController().signal,
    fetchSerial: async (path) => {
      const found = await fetchSerial({ url, path, signal: new AbortController().signal });
      return found !== undefined;
    },
    release: () => {
      releasing ??= release();
      return releasing;
    },
  };
}
