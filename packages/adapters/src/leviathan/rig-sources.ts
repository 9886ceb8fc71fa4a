import type { AccountApiOf } from './account-api.ts';
import type { RigWish } from './leviathan-parts.ts';
import { type FleetRigs, listFleetRigs, type RigAddress } from './list-fleet-rigs.ts';
import { normalizeRigUrl } from './rig-requests.ts';
import { tagOf } from './rig-words.ts';

/** Wishes with the same key look for the same rigs in the same place. */
export function keyOfSource(wish: RigWish): string {
  const { addresses, fleets, account, kind } = wish;
  if (addresses !== null) return JSON.stringify([kind, addresses.map(normalizeRigUrl)]);
  return JSON.stringify([kind, account.api, account.keyVariable, fleets, tagOf(wish)]);
}

/** The rigs that a wish may get, as they are now. Throws what the account's API throws. */
export async function listRigsOf({
  wish,
  apiOf,
  address,
  signal,
}: {
  readonly wish: RigWish;
  readonly apiOf: AccountApiOf;
  readonly address: RigAddress | undefined;
  readonly signal: AbortSignal;
}): Promise<FleetRigs> {
  const { addresses, account, fleets, kind } = wish;
  if (addresses === null) {
    return listFleetRigs(apiOf(account), { fleets, tag: tagOf(wish), kind, signal }, address);
  }
  const urls = [...new Set(addresses.map(normalizeRigUrl))];
  const rigs = urls.map((url) => ({
    rig: { id: url, kind, name: null },
    url,
    isOnline: true,
    isWebAccessible: true,
  }));
  return { rigs, missing: [] };
}
