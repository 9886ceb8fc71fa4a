import type { HostappRelease } from '../../ports/hostapp-releases.ts';

/** What a release may be called by. */
export function namesOf({ id, commit, version, rawVersion }: HostappRelease): readonly string[] {
  return [String(id), commit, version, rawVersion];
}
