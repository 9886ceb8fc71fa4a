import type { ListMultipartUploadsCommandOutput, ListPartsCommandOutput } from '@aws-sdk/client-s3';
import type { FileParts } from './plan-parts.ts';
import { partSize } from './plan-parts.ts';
import { isNoSuchBucket, isNotFound, isNotSupported, UnreadableReply } from './s3-errors.ts';
import type { S3Session } from './send-request.ts';
import { plainEtag } from './stored-metadata.ts';

/** A part that the store holds already. */
export interface StoredPart {
  readonly number: number;
  readonly sizeBytes: number;
  readonly etag: string;
  /** Base64; null where the store does not list it. */
  readonly checksums: { readonly CRC64NVME: string | null; readonly CRC32: string | null };
}

/** An upload of this very file that was cut. */
export interface UnfinishedUpload {
  readonly uploadId: string;
  readonly parts: ReadonlyMap<number, StoredPart>;
}

interface Question {
  readonly key: string;
  /** Oldest first, of listUploadIds. */
  readonly ids: readonly string[];
  readonly plan: FileParts;
  readonly signal: AbortSignal;
}

// Each one costs a request; more only gather where a bucket has no rule that ends them.
const LOOKED_AT = 20;

/**
 * Uploads of the key that were started for this file, the one with the most parts first. They are known by the size of
 * their parts, which stands for content and settings (plan-parts.ts); those without parts cannot be told apart, and
 * cost nothing.
 */
export async function findUploads(
  session: S3Session,
  { key, ids, plan, signal }: Question,
): Promise<readonly UnfinishedUpload[]> {
  const found: UnfinishedUpload[] = [];
  for (const uploadId of ids.slice(-LOOKED_AT)) {
    const parts = await listParts(session, { key, uploadId, signal });
    if (parts.length > 0 && parts.every((part) => fits(part, plan))) {
      found.push({ uploadId, parts: new Map(parts.map((part) => [part.number, part])) });
    }
  }
  return found.sort((one, other) => other.parts.size - one.parts.size);
}

function fits(part: StoredPart, plan: FileParts): boolean {
  return part.number <= plan.count && part.sizeBytes === partSize(plan, part.number);
}

/** Ids of unfinished uploads of exactly this key, oldest first. Some servers list nothing without the whole key. */
export async function listUploadIds(
  session: S3Session,
  key: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const found: { readonly id: string; readonly startedMs: number }[] = [];
  for (let marker: UploadMarker | null = null; ; ) {
    const page: ListMultipartUploadsCommandOutput | undefined = await listUploadPage(session, {
      key,
      signal,
      marker,
    });
    for (const { Key, UploadId, Initiated } of page?.Uploads ?? []) {
      if (Key === key && UploadId !== undefined) {
        found.push({ id: UploadId, startedMs: Initiated?.getTime() ?? 0 });
      }
    }
    const { IsTruncated, NextKeyMarker = '', NextUploadIdMarker } = page ?? {};
    // Longer keys, of others, come behind.
    if (IsTruncated !== true || NextKeyMarker > key) break;
    marker = {
      KeyMarker: NextKeyMarker,
      ...(NextUploadIdMarker === undefined ? {} : { UploadIdMarker: NextUploadIdMarker }),
    };
  }
  return found.sort((one, other) => one.startedMs - other.startedMs).map(({ id }) => id);
}

interface UploadMarker {
  readonly KeyMarker: string;
  readonly UploadIdMarker?: string;
}

interface UploadPageRequest {
  readonly key: string;
  readonly signal: AbortSignal;
  readonly marker: UploadMarker | null;
}

async function listUploadPage(session: S3Session, { key, signal, marker }: UploadPageRequest) {
  try {
    return await session.send({
      action: 's3:ListBucketMultipartUploads',
      key,
      signal,
      expects: isNotSupported,
      call: async ({ client, sdk }, abortSignal) => {
        const page = await client.send(
          new sdk.ListMultipartUploadsCommand({ Bucket: session.bucket, Prefix: key, ...marker }),
          abortSignal === undefined ? {} : { abortSignal },
        );
        const { IsTruncated, NextKeyMarker, NextUploadIdMarker } = page;
        const isSame = NextKeyMarker === marker?.KeyMarker && NextUploadIdMarker === marker?.UploadIdMarker;
        if (IsTruncated === true && (NextKeyMarker === undefined || isSame)) {
          throw new UnreadableReply(`the listing of uploads of "${key}" goes on for ever`);
        }
        return page;
      },
    });
  } catch (error) {
    // Nothing can be resumed there.
    if (isNotSupported(error)) return undefined;
    throw error;
  }
}

interface PartsRequest {
  readonly key: string;
  readonly uploadId: string;
  readonly signal: AbortSignal;
}

async function listParts(session: S3Session, request: PartsRequest): Promise<readonly StoredPart[]> {
  const found: StoredPart[] = [];
  let marker: string | undefined;
  try {
    do {
      const page = await listPartPage(session, request, marker);
      found.push(...(page.Parts ?? []).flatMap(storedPart));
      marker = page.IsTruncated === true ? page.NextPartNumberMarker : undefined;
    } while (marker !== undefined);
  } catch (error) {
    // Completed or aborted in the meantime.
    if (isNotFound(error) && !isNoSuchBucket(error)) return [];
    throw error;
  }
  return found;
}

function listPartPage(
  session: S3Session,
  { key, uploadId, signal }: PartsRequest,
  marker: string | undefined,
): Promise<ListPartsCommandOutput> {
  return session.send({
    action: 's3:ListMultipartUploadParts',
    key,
    signal,
    expects: (error) => isNotFound(error) && !isNoSuchBucket(error),
    call: async ({ client, sdk }, abortSignal) => {
      const page = await client.send(
        new sdk.ListPartsCommand({
          Bucket: session.bucket,
          Key: key,
          UploadId: uploadId,
          ...(marker === undefined ? {} : { PartNumberMarker: marker }),
        }),
        abortSignal === undefined ? {} : { abortSignal },
      );
      const next = page.NextPartNumberMarker;
      if (page.IsTruncated === true && (next === undefined || next === marker)) {
        throw new UnreadableReply(`the listing of parts of "${key}" goes on for ever`);
      }
      return page;
    },
  });
}

function storedPart(part: NonNullable<ListPartsCommandOutput['Parts']>[number]): readonly StoredPart[] {
  const { PartNumber, Size, ETag, ChecksumCRC64NVME, ChecksumCRC32 } = part;
  if (PartNumber === undefined || Size === undefined || ETag === undefined) return [];
  return [
    {
      number: PartNumber,
      sizeBytes: Size,
      etag: plainEtag(ETag),
      checksums: { CRC64NVME: ChecksumCRC64NVME ?? null, CRC32: ChecksumCRC32 ?? null },
    },
  ];
}
