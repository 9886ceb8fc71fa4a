import { createHash } from 'node:crypto';
import { asOsrelError } from '@osrel/core';
import { z } from 'zod';
import { probeMultipart } from './probe-multipart.ts';
import { probeWrites } from './probe-writes.ts';
import type { S3StoreOptions } from './s3-store-options.ts';
import type { S3Session } from './send-request.ts';
import { probeKey, probeKeyBeside } from './stored-metadata.ts';

const writes = z.strictObject({
  /** `If-None-Match: *` on PUT is obeyed. */
  createOnly: z.boolean(),
  /** `If-Match` on PUT is obeyed. */
  compareAndSwap: z.boolean(),
  /** The cheapest proof of content by which other bytes are refused. */
  proof: z.enum(['sha256', 'signature', 'md5']),
  /** A canned ACL can be read back as it was set. */
  accessLists: z.boolean(),
});

const multipart = z.strictObject({
  /** Checksum that the store verifies with each part; null: none. */
  checksum: z.enum(['CRC64NVME', 'CRC32']).nullable(),
  /** It is verified over the whole object too, and shown (Ceph 20 does so with parts only). */
  verifiesWhole: z.boolean(),
  /** `If-None-Match: *` on CompleteMultipartUpload is obeyed. */
  createOnly: z.boolean(),
  /** `If-Match` on CompleteMultipartUpload is obeyed. */
  compareAndSwap: z.boolean(),
});

export type WriteAbilities = z.infer<typeof writes>;
export type MultipartAbilities = z.infer<typeof multipart>;

/** What the store behind the bucket can do, found out by trying; `key` is about to be written. */
export interface Abilities {
  writes(key: string): Promise<WriteAbilities>;
  /** As far as it is known without trying; reading must not write. */
  knownWrites(): Promise<WriteAbilities | undefined>;
  multipart(key: string): Promise<MultipartAbilities>;
}

/** A server may be replaced: what it could do is believed for so long. */
const BELIEVED_MS = 7 * 24 * 3_600_000;
const VERSION = 3;

/** Each question is asked once a store, and once a week for the same bucket where there is a cache. */
export function createAbilities(session: S3Session, options: S3StoreOptions): Abilities {
  const writesAnswer = createAnswer(options, { name: 'writes', schema: writes });
  const multipartAnswer = createAnswer(options, { name: 'multipart', schema: multipart });
  return {
    writes: (key) =>
      writesAnswer.get(() => whereAllowed(options, key, (target) => probeWrites(session, options, target))),
    knownWrites: () => writesAnswer.find(),
    multipart: (key) =>
      multipartAnswer.get(() =>
        whereAllowed(options, key, (target) => probeMultipart(session, options, target)),
      ),
  };
}

/** Tries in a folder of its own; beside the key for credentials that are bound to folders of images. */
async function whereAllowed<Found>(
  { random }: S3StoreOptions,
  key: string,
  probe: (target: string) => Promise<Found>,
): Promise<Found> {
  try {
    return await probe(probeKey(random()));
  } catch (error) {
    if (asOsrelError(error)?.kind !== 'permission') throw error;
    return probe(probeKeyBeside(key, random()));
  }
}

interface Question<Found> {
  readonly name: string;
  readonly schema: z.ZodType<Found>;
}

/** The answer to one question: in memory, else in the cache, else by trying. A failed try is forgotten. */
function createAnswer<Found>(options: S3StoreOptions, { name, schema }: Question<Found>) {
  const { capabilityCache, clock } = options;
  const { bucket, region, endpoint, pathStyle, acl, encryption } = options;
  const about = JSON.stringify([VERSION, name, bucket, region, endpoint, pathStyle, acl, encryption]);
  const key = createHash('sha256').update(about).digest('hex');
  let asked: Promise<Found> | undefined;

  const findKept = async (): Promise<Found | undefined> => {
    const kept = parseKept(schema, await capabilityCache?.find(key));
    const age = kept === undefined ? Number.NaN : Date.parse(clock.now()) - Date.parse(kept.foundAt);
    return age >= 0 && age < BELIEVED_MS ? kept?.found : undefined;
  };
  const ask = async (probe: () => Promise<Found>): Promise<Found> => {
    const kept = await findKept();
    if (kept !== undefined) return kept;
    const found = await probe();
    await capabilityCache?.keep(key, JSON.stringify({ foundAt: clock.now(), found }));
    return found;
  };
  return {
    find: (): Promise<Found | undefined> => asked ?? findKept(),
    get: (probe: () => Promise<Found>): Promise<Found> => {
      asked ??= ask(probe).catch((error: unknown) => {
        asked = undefined;
        throw error;
      });
      return asked;
    },
  };
}

function parseKept<Found>(schema: z.ZodType<Found>, text: string | undefined) {
  if (text === undefined) return undefined;
  const wrapped = z.strictObject({ foundAt: z.iso.datetime(), found: schema });
  try {
    return wrapped.parse(JSON.parse(text));
  } catch {
    // A file of another version, or half of one: asked again.
    return undefined;
  }
}
