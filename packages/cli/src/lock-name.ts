import type { Plan } from '@osrel/core';

/** Name of the lock of one release: environment, device type and version; made of the letters of file names only. */
export function lockNameOf({ environment, target }: Pick<Plan, 'environment' | 'target'>): string {
  return [environment, target.slug, target.version]
    .map((part) => part.replaceAll(/[^A-Za-z0-9.+_-]/g, '_'))
    .join('--');
}
