import type { GetObjectAclCommandOutput, HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import type { StoredObject, Visibility } from '@osrel/core';
import { explainFailure } from './explain-failure.ts';
import { isNotFound, isNotSupported, isRefusedAccess, UnreadableReply } from './s3-errors.ts';
import type { S3Session } from './send-request.ts';
import { plainEtag, SHA256_METADATA, WRITE_METADATA } from './stored-metadata.ts';

/** An object with what osrel wrote beside it. */
export interface FoundObject extends StoredObject {
  /** Which write made it; null when osrel did not. */
  readonly writeId: string | null;
  readonly mediaType: string | null;
  /** Checksum over the whole object, base64; null where the store does not tell. */
  readonly checksums: { readonly CRC64NVME: string | null; readonly CRC32: string | null };
}

/** Looks at one object; undefined: there is none. A bucket that is not there is an error, not "no object". */
export async function findObject(
  session: S3Session,
  key: string,
  signal?: AbortSignal,
): Promise<FoundObject | undefined> {
  try {
    return await session.send({
      action: 's3:GetObject',
      key,
      signal,
      expects: isNotFound,
      call: async ({ client, sdk }, abortSignal) => {
        const command = new sdk.HeadObjectCommand({
          Bucket: session.bucket,
          Key: key,
          ChecksumMode: 'ENABLED',
        });
        return foundObject(key, await client.send(command, abortSignal === undefined ? {} : { abortSignal }));
      },
    });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await checkBucket(session);
    return undefined;
  }
}

const checked = new WeakSet<S3Session>();

/** A HEAD says "not found" for an object and a bucket alike: asked once which of them it is. */
async function checkBucket(session: S3Session): Promise<void> {
  if (checked.has(session)) return;
  try {
    await session.send({
      action: 's3:ListBucket',
      key: null,
      expects: (error) => isNotFound(error) || isRefusedAccess(error) || isNotSupported(error),
      call: ({ client, sdk }) => client.send(new sdk.HeadBucketCommand({ Bucket: session.bucket })),
    });
  } catch (error) {
    if (isNotFound(error)) {
      const server = (await session.connect()).server();
      const request = { action: 's3:ListBucket', bucket: session.bucket, key: null, server };
      throw explainFailure(Object.assign(new Error('no such bucket'), { name: 'NoSuchBucket' }), request);
    }
    if (!isRefusedAccess(error) && !isNotSupported(error)) throw error;
  }
  checked.add(session);
}

function foundObject(key: string, reply: HeadObjectCommandOutput): FoundObject {
  const { ETag, ContentLength, Metadata = {} } = reply;
  if (ETag === undefined || ContentLength === undefined) {
    throw new UnreadableReply(`the answer about "${key}" has no ETag or length`);
  }
  return {
    key,
    sizeBytes: ContentLength,
    sha256: wholeSha256(reply) ?? sha256In(Metadata[SHA256_METADATA]),
    etag: plainEtag(ETag),
    visibility: null,
    writeId: Metadata[WRITE_METADATA] ?? null,
    mediaType: reply.ContentType ?? null,
    checksums: {
      CRC64NVME: wholeChecksum(reply.ChecksumCRC64NVME),
      CRC32: wholeChecksum(reply.ChecksumCRC32),
    },
  };
}

/** That of the parts of an upload has their number behind it, and says nothing about the whole. */
function wholeChecksum(value: string | undefined): string | null {
  return value === undefined || value.includes('-') ? null : value;
}

function wholeSha256({ ChecksumSHA256, ChecksumType }: HeadObjectCommandOutput): string | null {
  const value = ChecksumType === 'COMPOSITE' ? null : wholeChecksum(ChecksumSHA256);
  return value === null ? null : sha256In(Buffer.from(value, 'base64').toString('hex'));
}

function sha256In(value: string | undefined): string | null {
  return value !== undefined && /^[0-9a-f]{64}$/.test(value) ? value : null;
}

const EVERYBODY = 'http://acs.amazonaws.com/groups/global/AllUsers';

/** Who may read, by the object's own access control list; null where that may not be asked. */
export async function findVisibility(session: S3Session, key: string): Promise<Visibility | null> {
  try {
    const list: GetObjectAclCommandOutput = await session.send({
      action: 's3:GetObjectAcl',
      key,
      expects: (error) => isRefusedAccess(error) || isNotFound(error) || isNotSupported(error),
      call: ({ client, sdk }) =>
        client.send(new sdk.GetObjectAclCommand({ Bucket: session.bucket, Key: key })),
    });
    const isPublic = (list.Grants ?? []).some(
      ({ Grantee, Permission }) =>
        Grantee?.URI === EVERYBODY && (Permission === 'READ' || Permission === 'FULL_CONTROL'),
    );
    return isPublic ? 'public' : 'private';
  } catch (error) {
    if (isRefusedAccess(error) || isNotFound(error) || isNotSupported(error)) return null;
    throw error;
  }
}
