import { badUsage } from '@osrel/core';

/** Longest tag keys of the server in characters (balena-automation 4.5). */
export const LONGEST_KEY = { application: 100, release: 164 } as const;
export const LONGEST_TAG_VALUE = 1000;

/**
 * Throws usage `application.tag-rejected` or `release.tag-rejected` for a tag that the server would refuse
 * (balena-automation 4.5; keys with white space or `io.balena.` are recorded refusals).
 */
export function checkTag(owner: 'application' | 'release', key: string, value: string): void {
  const longest = LONGEST_KEY[owner];
  const isKey = key !== '' && !/\s/.test(key) && !key.startsWith('io.balena.') && key.length <= longest;
  if (isKey && value.length <= LONGEST_TAG_VALUE) return;
  throw badUsage(
    owner === 'application' ? 'application.tag-rejected' : 'release.tag-rejected',
    `${owner} tag ${JSON.stringify(key.slice(0, longest))} has a key or value that the server rejects`,
    {
      hint: `a key has 1 to ${longest} characters, no white space and no "io.balena." in front, a value at most ${LONGEST_TAG_VALUE} characters`,
    },
  );
}
