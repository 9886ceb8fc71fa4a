import type { Visibility } from '@osrel/core';
import { aclOf, conditionOf, type NativeCondition, setPayloadHash, UNSIGNED_PAYLOAD } from './put-request.ts';
import { isNoSuchBucket, isNotFound, UnreadableReply } from './s3-errors.ts';
import type { S3StoreOptions } from './s3-store-options.ts';
import type { S3Session } from './send-request.ts';
import { encryptionOf, hexToBase64, plainEtag, SHA256_METADATA, WRITE_METADATA } from './stored-metadata.ts';
import { checksumField, type WholeChecksumName } from './whole-checksum.ts';

export interface UploadName {
  readonly key: string;
  readonly uploadId: string;
}

export interface Asked {
  readonly signal?: AbortSignal | undefined;
  readonly expects?: (error: unknown) => boolean;
}

export interface NewUpload extends Asked {
  readonly key: string;
  readonly checksum: WholeChecksumName | null;
  readonly sha256: string;
  readonly mediaType: string;
  readonly visibility: Visibility;
  readonly writeId: string;
  readonly findDone?: () => Promise<string | undefined>;
}

/** Starts an upload and gives its id. */
export function createUpload(
  session: S3Session,
  options: Pick<S3StoreOptions, 'acl' | 'encryption' | 'kmsKey'>,
  upload: NewUpload,
): Promise<string> {
  return session.send({
    action: options.acl === 'canned' ? 's3:PutObject and s3:PutObjectAcl' : 's3:PutObject',
    ...upload,
    call: async ({ client, sdk }, abortSignal) => {
      const { UploadId } = await client.send(
        new sdk.CreateMultipartUploadCommand({
          Bucket: session.bucket,
          Key: upload.key,
          ContentType: upload.mediaType,
          Metadata: { [SHA256_METADATA]: upload.sha256, [WRITE_METADATA]: upload.writeId },
          ...encryptionOf(options),
          ...aclOf(options, upload.visibility),
          ...(upload.checksum === null
            ? {}
            : { ChecksumAlgorithm: upload.checksum, ChecksumType: 'FULL_OBJECT' as const }),
        }),
        sendOptions(abortSignal),
      );
      if (UploadId === undefined || UploadId === '') {
        throw new UnreadableReply(`the answer to the start of an upload of "${upload.key}" has no upload id`);
      }
      return UploadId;
    },
  });
}

/** How the store is told what must arrive. */
export type PartProof =
  | { readonly kind: 'checksum'; readonly name: WholeChecksumName; readonly text: string }
  | { readonly kind: 'md5'; readonly md5: string };

export interface PartUpload extends UploadName, Asked {
  /** From 1. */
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly proof: PartProof;
}

/** Sends a part and gives its ETag; the store refuses it when other bytes arrive. */
export function uploadPart(session: S3Session, part: PartUpload): Promise<string> {
  return session.send({
    action: 's3:PutObject',
    ...part,
    call: async ({ client, sdk, isPrivateWay }, abortSignal) => {
      const command = new sdk.UploadPartCommand({
        Bucket: session.bucket,
        Key: part.key,
        UploadId: part.uploadId,
        PartNumber: part.number,
        Body: part.bytes,
        ContentLength: part.bytes.length,
        ...(part.proof.kind === 'md5'
          ? { ContentMD5: hexToBase64(part.proof.md5) }
          : { ChecksumAlgorithm: part.proof.name, ...checksumField(part.proof.name, part.proof.text) }),
      });
      // Signing means hashing the bytes once more: only where somebody could change them and their checksum.
      if (isPrivateWay()) setPayloadHash(command, UNSIGNED_PAYLOAD);
      const { ETag } = await client.send(command, sendOptions(abortSignal));
      if (ETag === undefined) {
        throw new UnreadableReply(`the answer to part ${part.number} of "${part.key}" has no ETag`);
      }
      return plainEtag(ETag);
    },
  });
}

export interface FinishedPart {
  /** From 1. */
  readonly number: number;
  readonly etag: string;
  readonly checksum: { readonly name: WholeChecksumName; readonly text: string } | null;
}

export interface Completion extends UploadName, Asked {
  readonly parts: readonly FinishedPart[];
  readonly whole: {
    readonly name: WholeChecksumName;
    readonly text: string;
    readonly sizeBytes: number;
  } | null;
  readonly condition: NativeCondition;
  readonly findDone?: () => Promise<string | undefined>;
}

/** Makes the object out of the parts and gives its ETag; empty where the store does not tell (Ceph 16). */
export function completeUpload(session: S3Session, completion: Completion): Promise<string> {
  const { whole } = completion;
  return session.send({
    action: 's3:PutObject',
    ...completion,
    call: async ({ client, sdk }, abortSignal) => {
      const { ETag } = await client.send(
        new sdk.CompleteMultipartUploadCommand({
          Bucket: session.bucket,
          Key: completion.key,
          UploadId: completion.uploadId,
          MultipartUpload: {
            Parts: completion.parts.map(({ number, etag, checksum }) => ({
              PartNumber: number,
              ETag: `"${etag}"`,
              ...(checksum === null ? {} : checksumField(checksum.name, checksum.text)),
            })),
          },
          ...(whole === null
            ? {}
            : {
                ...checksumField(whole.name, whole.text),
                ChecksumType: 'FULL_OBJECT' as const,
                MpuObjectSize: whole.sizeBytes,
              }),
          ...conditionOf(completion.condition),
        }),
        sendOptions(abortSignal),
      );
      return plainEtag(ETag ?? '');
    },
  });
}

/** Ends an upload and frees its parts; one that is gone is ended already. */
export async function abortUpload(session: S3Session, { key, uploadId }: UploadName): Promise<void> {
  try {
    await session.send({
      action: 's3:AbortMultipartUpload',
      key,
      expects: (error) => isNotFound(error) && !isNoSuchBucket(error),
      call: ({ client, sdk }) =>
        client.send(
          new sdk.AbortMultipartUploadCommand({ Bucket: session.bucket, Key: key, UploadId: uploadId }),
        ),
    });
  } catch (error) {
    if (!isNotFound(error) || isNoSuchBucket(error)) throw error;
  }
}

function sendOptions(abortSignal: AbortSignal | undefined) {
  return abortSignal === undefined ? {} : { abortSignal };
}
