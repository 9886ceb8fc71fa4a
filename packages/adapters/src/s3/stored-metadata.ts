import type { S3StoreOptions } from './s3-store-options.ts';

/** User metadata of every object that osrel writes. */
export const SHA256_METADATA = 'sha256';
/** Which write made the object: tells whether a write without a readable reply was done. */
export const WRITE_METADATA = 'osrel-write';

/** At the top: whoever takes the folders beside `latest` for versions never sees it. */
const CLAIMS = 'osrel-claims/';
const PROBES = 'osrel-probes/';
const PROBE = '.osrel-probe-';

/** Folder of the claims of writers of the key (write-claims.ts); ends with a slash. */
export function claimsFolder(key: string): string {
  return `${CLAIMS}${key}/`;
}

/** Key of an object that shows what the store can do (find-abilities.ts); one that a killed run leaves is in nobody's way. */
export function probeKey(id: string): string {
  return `${PROBES}${id}`;
}

/** Objects that are osrel's own business, and no part of what a listing is asked for. */
export function isInternal(key: string): boolean {
  return key.startsWith(CLAIMS) || key.startsWith(PROBES) || key.includes(PROBE);
}

/** The same beside a key, for credentials that may write nowhere else. */
export function probeKeyBeside(key: string, id: string): string {
  return `${key}${PROBE}${id}`;
}

/** Without the quotes that some servers leave out and others do not. */
export function plainEtag(etag: string): string {
  return etag.replace(/^W\//, '').replaceAll('"', '');
}

/** As If-Match wants it. */
export function quotedEtag(etag: string): string {
  return `"${plainEtag(etag)}"`;
}

export function hexToBase64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}

/** Encryption at rest, as the requests that make an object want it. */
export function encryptionOf({ encryption, kmsKey }: Pick<S3StoreOptions, 'encryption' | 'kmsKey'>) {
  if (encryption === 'none') return {};
  return {
    ServerSideEncryption: encryption,
    ...(encryption === 'aws:kms' && kmsKey !== null ? { SSEKMSKeyId: kmsKey } : {}),
  };
}
