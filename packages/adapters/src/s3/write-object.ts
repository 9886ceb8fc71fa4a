import { conflict, type Expectation, type StoredObject, upstreamFailed, type Visibility } from '@osrel/core';
import type { Abilities, WriteAbilities } from './find-abilities.ts';
import { type FoundObject, findObject } from './find-object.ts';
import { type NativeCondition, type PutReply, putBytes } from './put-request.ts';
import { isNoSuchKey, isPreconditionFailed, isWrongContent } from './s3-errors.ts';
import type { S3Limits } from './s3-limits.ts';
import type { S3StoreOptions } from './s3-store-options.ts';
import type { S3Session } from './send-request.ts';
import { withClaim } from './write-claims.ts';

export interface StoreParts {
  readonly limits: S3Limits;
  readonly session: S3Session;
  readonly options: S3StoreOptions;
  readonly abilities: Abilities;
}

export interface WholeObject {
  readonly key: string;
  readonly bytes: Uint8Array;
  /** Lower-case hex of the bytes. */
  readonly sha256: string;
  /** Else the store is the first to look, and its refusal comes as the SDK threw it (isWrongContent). */
  readonly isHashed: boolean;
  readonly mediaType: string;
  readonly visibility: Visibility;
  readonly expected: Expectation;
  readonly signal?: AbortSignal | undefined;
}

/** Which conditions the request at hand may carry. */
export interface ConditionAbilities {
  readonly createOnly: boolean;
  readonly compareAndSwap: boolean;
}

/**
 * Stores bytes in one request under the expectation of the caller: checked by the store itself where it can, else
 * under a claim. A write whose reply was lost is recognised by its mark, and not done again.
 */
export async function writeObject(parts: StoreParts, object: WholeObject): Promise<StoredObject> {
  const { session, options, abilities } = parts;
  const found = await abilitiesFor(abilities, object);
  const writeId = options.random();
  const findDone = async (): Promise<PutReply | undefined> => {
    const now = await findObject(session, object.key, object.signal);
    return now?.writeId === writeId && now.sizeBytes === object.bytes.length ? { etag: now.etag } : undefined;
  };
  const etag = await withExpectation(parts, {
    ...object,
    can: found,
    write: async (condition) => {
      const reply = await putBytes(session, options, {
        ...object,
        writeId,
        condition,
        proof: found.proof,
        findDone,
        expects: (error) =>
          isRefusedCondition(condition, error) || (!object.isHashed && isWrongContent(error)),
      });
      return reply.etag;
    },
  });
  return {
    key: object.key,
    sizeBytes: object.bytes.length,
    sha256: object.sha256,
    etag,
    visibility: found.accessLists ? object.visibility : null,
  };
}

/**
 * A marker (`IGNORE`) is written without a look at what the store can do: the look leaves an object beside it for a
 * moment, and before the marker is there nothing may be in its folder.
 */
async function abilitiesFor(
  abilities: Abilities,
  { key, bytes, expected }: WholeObject,
): Promise<WriteAbilities> {
  const isMarker = expected.kind === 'anything' && bytes.length === 0;
  return isMarker ? ((await abilities.knownWrites()) ?? UNKNOWN) : abilities.writes(key);
}

/** What no store lacks. */
const UNKNOWN: WriteAbilities = {
  createOnly: false,
  compareAndSwap: false,
  proof: 'md5',
  accessLists: false,
};

/** The store says that the condition does not hold; If-Match on an absent object is "not found". */
export function isRefusedCondition(condition: NativeCondition, error: unknown): boolean {
  // A write without one has nothing to refuse: such an answer is of a store, or a proxy, that is confused.
  return condition.kind !== 'none' && (isPreconditionFailed(error) || isNoSuchKey(error));
}

interface ExpectedWrite {
  readonly key: string;
  readonly expected: Expectation;
  readonly can: ConditionAbilities;
  readonly write: (condition: NativeCondition) => Promise<string>;
}

/**
 * Writes when the expectation holds, and gives the new ETag.
 *
 * @throws conflict `store.precondition` when it does not hold
 */
export async function withExpectation(parts: StoreParts, request: ExpectedWrite): Promise<string> {
  const { key, expected, can, write } = request;
  if (expected.kind === 'anything') return write({ kind: 'none' });
  const isNative = expected.kind === 'absent' ? can.createOnly : can.compareAndSwap;
  const condition: NativeCondition = isNative ? expected : { kind: 'none' };
  const writeExpected = async (): Promise<string> => {
    try {
      return await write(condition);
    } catch (error) {
      if (!isRefusedCondition(condition, error)) throw error;
      throw refusal(key, expected, await findObject(parts.session, key));
    }
  };
  if (isNative) return writeExpected();
  return withClaim(parts.session, parts.options, {
    key,
    work: async (check) => {
      await findExpected(parts.session, key, expected);
      await check();
      return writeExpected();
    },
  });
}

/**
 * What is at the key now.
 *
 * @throws conflict `store.precondition` when the expectation does not hold
 */
export async function findExpected(
  session: S3Session,
  key: string,
  expected: Expectation,
): Promise<FoundObject | undefined> {
  const found = await findObject(session, key);
  if (expected.kind === 'absent' && found !== undefined) throw refusal(key, expected, found);
  if (expected.kind === 'etag' && found?.etag !== expected.etag) throw refusal(key, expected, found);
  return found;
}

function refusal(key: string, expected: Expectation, found: StoredObject | undefined): unknown {
  // Callers take a refusal for the word that somebody else wrote: it must be true.
  const holds =
    expected.kind === 'absent'
      ? found === undefined
      : expected.kind === 'etag' && found?.etag === expected.etag;
  if (holds) {
    return upstreamFailed(
      'store.odd-refusal',
      `the store refused to write "${key}", but nobody else wrote it`,
      {
        hint: 'a proxy may stand in between, or another run undid its write; check store.endpoint, then run the command again',
        retryable: true,
      },
    );
  }
  const wanted = expected.kind === 'etag' ? `at ${expected.etag}` : 'absent';
  const now = found === undefined ? 'absent' : `at ${found.etag}`;
  return conflict('store.precondition', `object "${key}" should be ${wanted} but is ${now}`, {
    hint: 'somebody else wrote it in the meantime; read it again and decide again',
    details: { key, expected: expected.kind === 'etag' ? expected.etag : null, found: found?.etag ?? null },
  });
}
