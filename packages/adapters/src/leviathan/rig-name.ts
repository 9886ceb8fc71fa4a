import type { Rig } from '@osrel/core';

/** A rig as people know it: its name and the beginning of its uuid, or its address. */
export function nameOfRig({ id, name }: Rig): string {
  const short = /^[0-9a-f]{12,}$/.test(id) ? id.slice(0, 7) : id;
  return name === null ? short : `${name} (${short})`;
}
