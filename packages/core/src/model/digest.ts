import { badUsage } from '../errors/osrel-error.ts';

declare const digestBrand: unique symbol;

/** `sha256:` and 64 lower-case hex digits. */
export type Digest = `sha256:${string}` & { readonly [digestBrand]: true };

const DIGEST = /^sha256:[0-9a-f]{64}$/;

export function isDigest(value: unknown): value is Digest {
  return typeof value === 'string' && DIGEST.test(value);
}

/** Throws usage `digest.malformed` naming the value. */
export function parseDigest(value: unknown): Digest {
  if (isDigest(value)) return value;
  throw badUsage('digest.malformed', `digest ${JSON.stringify(value)} is malformed`, {
    hint: 'a digest is "sha256:" and 64 lower-case hex digits',
  });
}

/** The digest with these 64 lower-case hex digits. Throws usage `digest.malformed`. */
export function digestOfHex(hex: string): Digest {
  return parseDigest(`sha256:${hex}`);
}

/** The 64 hex digits. */
export function hexOfDigest(digest: Digest): string {
  return digest.slice('sha256:'.length);
}
