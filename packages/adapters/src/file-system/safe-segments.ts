import { createHash } from 'node:crypto';
import { badUsage } from '@osrel/core';

const SEGMENT = /^[A-Za-z0-9_@][A-Za-z0-9._@+=-]*$/;
const MAXIMUM_LENGTH = 200;

/**
 * Returns the name when it may be one segment of a path: letters, digits and `._@+=-`, no leading dot or dash,
 * at most 200 characters. `what` says in messages what the name is. Throws usage `path.unsafe-segment`.
 */
export function checkSegment(name: string, what: string): string {
  if (SEGMENT.test(name) && name.length <= MAXIMUM_LENGTH) return name;
  throw badUsage('path.unsafe-segment', `${what} ${JSON.stringify(name)} cannot be part of a path`, {
    hint: 'letters, digits and . _ @ + = - are allowed, not at the start: . and -; at most 200 characters',
  });
}

/** Both parts of `owner/name`, checked. Throws usage `path.unsafe-segment`. */
export function checkSlug(slug: string, what: string): readonly [owner: string, name: string] {
  const [owner, name, ...rest] = slug.split('/');
  if (owner === undefined || name === undefined || rest.length > 0) {
    throw badUsage('path.unsafe-segment', `${what} ${JSON.stringify(slug)} is not of the form owner/name`);
  }
  return [checkSegment(owner, `owner of the ${what}`), checkSegment(name, `name of the ${what}`)];
}

/** A file name for any text, readable, different for different texts: `build/hostapp` -> `build%2Fhostapp`. */
export function segmentOf(text: string): string {
  const encoded = [...text]
    .map((character) => (/[A-Za-z0-9._@+=-]/.test(character) ? character : escapeOf(character)))
    .join('');
  const safe = encoded.replace(/^[.-]/, (first) => `%${first.charCodeAt(0).toString(16).toUpperCase()}`);
  if (safe !== '' && safe.length <= MAXIMUM_LENGTH - 20) return safe;
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return `${safe.slice(0, 100)}%${digest}`;
}

function escapeOf(character: string): string {
  return [...Buffer.from(character)]
    .map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`)
    .join('');
}
