import { createHash } from 'node:crypto';
import { upstreamFailed } from '@osrel/core';
import { cleanUpAfter } from './clean-up-after.ts';
import { type ListedObject, listPages } from './list-objects.ts';
import { putBytes } from './put-request.ts';
import { removeObject } from './remove-object.ts';
import type { S3StoreOptions } from './s3-store-options.ts';
import type { S3Session } from './send-request.ts';
import { claimsFolder } from './stored-metadata.ts';

/** A claim older than this belongs to a writer that died, and is removed by those who wait for it. */
const STALE_MS = 60_000;
/** A holder whose claim is older than this does not write any more: others may soon think it dead. */
const TRUSTED_MS = 20_000;
const WAIT_MS = 100;
/** Looks at the claims before giving up, several times what a stale one needs to expire. */
const MOST_LOOKS = 3_000;
const CHOOSING = 'choosing-';
const DIGITS = 12;

interface Claim {
  readonly key: string;
  /** The part behind the folder: `choosing-<id>` or `<number>-<id>`. */
  readonly name: string;
  readonly ageMs: number;
}

/** Says whether the claim may still be relied on; throws when it may not. */
export type CheckClaim = () => Promise<void>;

/**
 * Lets one writer of a key at a time through, on a store without conditional writes: Lamport's bakery algorithm, each
 * number an object `osrel-claims/<key>/<number>-<id>`. It needs what every S3 store promises, that a listing shows what
 * was written before it began. Ages are by the store's own clock. `work` calls `check` right before it writes.
 */
export async function withClaim<Result>(
  session: S3Session,
  options: S3StoreOptions,
  { key, work }: { readonly key: string; readonly work: (check: CheckClaim) => Promise<Result> },
): Promise<Result> {
  const folder = claimsFolder(key);
  const id = options.random();
  const choosing = `${CHOOSING}${id}`;
  let own: string | undefined;
  const withdraw = async (): Promise<void> => {
    await removeObject(session, folder + choosing);
    if (own !== undefined) await removeObject(session, folder + own);
  };
  return cleanUpAfter(withdraw, async () => {
    await putClaim(session, options, folder + choosing);
    const numbers = (await listClaims(session, folder)).map(({ name }) => numberOf(name));
    const mine = `${String(Math.max(0, ...numbers) + 1).padStart(DIGITS, '0')}-${id}`;
    own = mine;
    await putClaim(session, options, folder + mine);
    await removeObject(session, folder + choosing);
    await waitForTurn(session, options, { folder, own: mine });
    return work(() => checkOwn(session, folder, mine));
  });
}

async function waitForTurn(
  session: S3Session,
  { clock }: S3StoreOptions,
  { folder, own }: { readonly folder: string; readonly own: string },
): Promise<void> {
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    const claims = await listClaims(session, folder);
    const before = claims.filter(({ name }) => name !== own && (name.startsWith(CHOOSING) || name < own));
    const stale = before.filter(({ ageMs }) => ageMs > STALE_MS);
    for (const { key } of stale) await removeObject(session, key);
    if (before.length === stale.length) return;
    await clock.sleep(WAIT_MS);
  }
  throw upstreamFailed('store.claims-held', `others have been writing "${folder}" all the time`, {
    hint: 'wait until other runs that write there have ended, then run the command again',
    retryable: true,
  });
}

async function checkOwn(session: S3Session, folder: string, own: string): Promise<void> {
  const claim = (await listClaims(session, folder)).find(({ name }) => name === own);
  if (claim !== undefined && claim.ageMs <= TRUSTED_MS) return;
  throw upstreamFailed('store.claim-lost', `the claim on "${folder}" got too old before the write`, {
    hint: 'the store or this machine is very slow; run the command again',
    retryable: true,
  });
}

async function listClaims(session: S3Session, folder: string): Promise<readonly Claim[]> {
  const found: ListedObject[] = [];
  for await (const { objects } of listPages(session, folder, null)) found.push(...objects);
  const nowMs = (await session.connect()).storeTimeMs() ?? 0;
  return found.map(({ key, modifiedMs }) => ({
    key,
    name: key.slice(folder.length),
    ageMs: nowMs - modifiedMs,
  }));
}

function numberOf(name: string): number {
  return name.startsWith(CHOOSING) ? 0 : Number.parseInt(name, 10) || 0;
}

async function putClaim(session: S3Session, options: S3StoreOptions, key: string): Promise<void> {
  const bytes = Buffer.from('osrel writes the object of this name\n');
  await putBytes(session, options, {
    key,
    bytes,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    mediaType: 'text/plain',
    visibility: 'private',
    writeId: options.random(),
    condition: { kind: 'none' },
    proof: 'md5',
  });
}
