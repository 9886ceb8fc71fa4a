import { createHash } from 'node:crypto';
import type { PutObjectCommandOutput } from '@aws-sdk/client-s3';
import type { Visibility } from '@osrel/core';
import { UnreadableReply } from './s3-errors.ts';
import type { S3StoreOptions } from './s3-store-options.ts';
import type { S3Session } from './send-request.ts';
import {
  encryptionOf,
  hexToBase64,
  plainEtag,
  quotedEtag,
  SHA256_METADATA,
  WRITE_METADATA,
} from './stored-metadata.ts';

/** A condition that the store itself checks. */
export type NativeCondition =
  | { readonly kind: 'none' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'etag'; readonly etag: string };

/** How the store is told what must arrive: a checksum, the signed hash of the payload alone, or Content-MD5. */
export type ContentProof = 'sha256' | 'signature' | 'md5';

export interface PutBytes {
  readonly key: string;
  readonly bytes: Uint8Array;
  /** Lower-case hex of the bytes. */
  readonly sha256: string;
  readonly mediaType: string;
  readonly visibility: Visibility;
  readonly writeId: string;
  readonly condition: NativeCondition;
  readonly proof: ContentProof;
  readonly signal?: AbortSignal | undefined;
  readonly findDone?: () => Promise<PutReply | undefined>;
  readonly expects?: (error: unknown) => boolean;
}

export interface PutReply {
  readonly etag: string;
}

/** One PUT with the proof of its content; the store refuses it when other bytes arrive. */
export function putBytes(
  session: S3Session,
  options: Pick<S3StoreOptions, 'acl' | 'encryption' | 'kmsKey'>,
  put: PutBytes,
): Promise<PutReply> {
  const action = options.acl === 'canned' ? 's3:PutObject and s3:PutObjectAcl' : 's3:PutObject';
  return session.send({
    action,
    key: put.key,
    signal: put.signal,
    ...(put.findDone === undefined ? {} : { findDone: put.findDone }),
    ...(put.expects === undefined ? {} : { expects: put.expects }),
    call: async ({ client, sdk, isPrivateWay }, abortSignal) => {
      const command = new sdk.PutObjectCommand({
        Bucket: session.bucket,
        Key: put.key,
        Body: put.bytes,
        ContentLength: put.bytes.length,
        ContentType: put.mediaType,
        Metadata: { [SHA256_METADATA]: put.sha256, [WRITE_METADATA]: put.writeId },
        ...encryptionOf(options),
        ...aclOf(options, put.visibility),
        ...proofOf(put),
        ...conditionOf(put.condition),
      });
      // Known already, so that the SDK does not hash the bytes once more. Nor need the store do so twice, where nobody
      // could change bytes and checksum on the way.
      const isSpared = put.proof === 'sha256' && isPrivateWay();
      setPayloadHash(command, isSpared ? UNSIGNED_PAYLOAD : put.sha256);
      return replyOf(await client.send(command, abortSignal === undefined ? {} : { abortSignal }), put.key);
    },
  });
}

function replyOf({ ETag }: PutObjectCommandOutput, key: string): PutReply {
  if (ETag === undefined) throw new UnreadableReply(`the answer to the write of "${key}" has no ETag`);
  return { etag: plainEtag(ETag) };
}

/** The canned access control list, where the store has these. */
export function aclOf({ acl }: Pick<S3StoreOptions, 'acl'>, visibility: Visibility) {
  if (acl === 'none') return {};
  return { ACL: visibility === 'public' ? ('public-read' as const) : ('private' as const) };
}

/** The proof as headers of a write. Ceph 20 looks at a checksum only where its algorithm is named too. */
function proofOf({ proof, bytes, sha256 }: PutBytes) {
  switch (proof) {
    case 'sha256':
      return { ChecksumAlgorithm: 'SHA256' as const, ChecksumSHA256: hexToBase64(sha256) };
    case 'signature':
      return {};
    case 'md5':
      return { ContentMD5: createHash('md5').update(bytes).digest('base64') };
  }
}

/** The condition as headers of a write. */
export function conditionOf(condition: NativeCondition) {
  switch (condition.kind) {
    case 'none':
      return {};
    case 'absent':
      return { IfNoneMatch: '*' };
    case 'etag':
      return { IfMatch: quotedEtag(condition.etag) };
  }
}

interface WithStack {
  readonly middlewareStack: {
    add(
      middleware: (next: (call: PayloadCall) => Promise<never>) => (call: PayloadCall) => Promise<never>,
      options: { readonly step: 'build'; readonly name: string },
    ): void;
  };
}

interface PayloadCall {
  readonly request: unknown;
}

/** The signature leaves the payload out. */
export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';

/** Tells the signature what the payload's SHA-256 is (lower-case hex), or that it is left out (UNSIGNED_PAYLOAD). */
export function setPayloadHash(command: object, hash: string): void {
  (command as WithStack).middlewareStack.add(
    (next) => (call) => {
      (call.request as { headers: Record<string, string> }).headers['x-amz-content-sha256'] = hash;
      return next(call);
    },
    { step: 'build', name: 'osrelPayloadHash' },
  );
}
