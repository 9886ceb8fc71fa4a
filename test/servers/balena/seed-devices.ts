import type { BalenaWorld } from './balena-world.ts';
import { changeRow, insertRow } from './write-rows.ts';

export interface DeviceSeed {
  /** Id of its fleet, as `addApplication` answers it. */
  readonly fleet: number;
  /** Hex. */
  readonly uuid: string;
  readonly name?: string;
  readonly isOnline?: boolean;
  readonly isWebAccessible?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
}

/** A device of a fleet; online, with its public address switched on, unless told otherwise. Answers its id. */
export function addDevice(world: BalenaWorld, seed: DeviceSeed): number {
  const { id } = insertRow(world, 'device', {
    uuid: seed.uuid,
    device_name: seed.name ?? `rig-${seed.uuid.slice(0, 4)}`,
    is_online: seed.isOnline ?? true,
    is_web_accessible: seed.isWebAccessible ?? true,
    belongs_to__application: seed.fleet,
  });
  for (const [tag_key, value] of Object.entries(seed.tags ?? {}))
    insertRow(world, 'device_tag', { device: id, tag_key, value });
  return id;
}

/** Its connection comes or goes, or its public address is switched. */
export function changeDevice(
  world: BalenaWorld,
  id: number,
  values: { readonly is_online?: boolean; readonly is_web_accessible?: boolean },
): void {
  const row = world.rows('device').find((each) => each.id === id);
  if (row === undefined) throw new Error(`there is no device ${id}`);
  changeRow(world, 'device', { row, values });
}
