import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import type { StoredObject } from '@osrel/core';
import { UnreadableReply } from './s3-errors.ts';
import type { S3Session } from './send-request.ts';
import { isInternal, plainEtag } from './stored-metadata.ts';

/** Every object below the prefix, sorted by key. A page that fails or is not whole throws. */
export async function listObjects(session: S3Session, prefix: string): Promise<readonly StoredObject[]> {
  const found: StoredObject[] = [];
  for await (const { objects } of listPages(session, prefix, null)) {
    for (const { key, sizeBytes, etag } of objects) {
      if (!isInternal(key)) found.push({ key, sizeBytes, sha256: null, etag, visibility: null });
    }
  }
  return found.sort(byKey);
}

/** Names of the folders directly below the prefix, which ends with a slash or is empty. */
export async function listFolderNames(session: S3Session, prefix: string): Promise<readonly string[]> {
  const found = new Set<string>();
  for await (const { folders } of listPages(session, prefix, '/')) {
    for (const folder of folders) {
      if (!isInternal(folder)) found.add(folder.slice(prefix.length, -1));
    }
  }
  return [...found].sort();
}

export interface ListedObject {
  readonly key: string;
  readonly sizeBytes: number;
  readonly etag: string;
  /** By the store's clock, in milliseconds since 1970; 0 where it does not tell. */
  readonly modifiedMs: number;
}

export interface ListedPage {
  readonly objects: readonly ListedObject[];
  /** Whole keys that end with the delimiter. */
  readonly folders: readonly string[];
  /** Null at the end. */
  readonly next: string | null;
}

/** Pages of a listing; objects of osrel's own are among them. */
export async function* listPages(
  session: S3Session,
  prefix: string,
  delimiter: '/' | null,
): AsyncGenerator<ListedPage> {
  for (let token: string | null = null; ; ) {
    const page: ListedPage = await listPage(session, { prefix, delimiter, token });
    yield page;
    if (page.next === null) return;
    token = page.next;
  }
}

interface PageRequest {
  readonly prefix: string;
  readonly delimiter: '/' | null;
  readonly token: string | null;
}

function listPage(session: S3Session, request: PageRequest): Promise<ListedPage> {
  const { prefix, delimiter, token } = request;
  return session.send({
    action: 's3:ListBucket',
    key: prefix === '' ? null : prefix,
    call: async ({ client, sdk }) => {
      const command = new sdk.ListObjectsV2Command({
        Bucket: session.bucket,
        Prefix: prefix,
        // Keys may hold characters that XML cannot.
        EncodingType: 'url',
        ...(delimiter === null ? {} : { Delimiter: delimiter }),
        ...(token === null ? {} : { ContinuationToken: token }),
      });
      return parsePage(await client.send(command), request);
    },
  });
}

function parsePage(page: ListObjectsV2CommandOutput, { prefix, token }: PageRequest): ListedPage {
  const { IsTruncated, NextContinuationToken = '', Contents = [], CommonPrefixes = [] } = page;
  if (IsTruncated === undefined || (IsTruncated && NextContinuationToken === '')) {
    throw new UnreadableReply(`the listing of "${prefix}" does not say whether it is whole`);
  }
  if (IsTruncated && NextContinuationToken === token) {
    throw new UnreadableReply(`the listing of "${prefix}" goes on for ever`);
  }
  const decode = (key: string | undefined): string => decodeKey(key ?? '', page, prefix);
  return {
    objects: Contents.map(({ Key, Size, ETag, LastModified }) => {
      const key = decode(Key);
      if (Size === undefined || ETag === undefined) {
        throw new UnreadableReply(`the listing says nothing about "${key}"`);
      }
      return { key, sizeBytes: Size, etag: plainEtag(ETag), modifiedMs: LastModified?.getTime() ?? 0 };
    }),
    folders: CommonPrefixes.map(({ Prefix }) => decode(Prefix)),
    next: IsTruncated ? NextContinuationToken : null,
  };
}

/** Spaces come as `+` from some servers and as `%20` from others; a literal `+` always as `%2B`. */
function decodeKey(key: string, { EncodingType }: ListObjectsV2CommandOutput, prefix: string): string {
  const decoded = EncodingType === 'url' ? decodeUrl(key) : key;
  if (!decoded.startsWith(prefix)) {
    throw new UnreadableReply(`the listing of "${prefix}" names "${decoded}"`);
  }
  return decoded;
}

function decodeUrl(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    throw new UnreadableReply(`the listing names "${key}", which cannot be decoded`);
  }
}

function byKey(one: StoredObject, other: StoredObject): number {
  if (one.key === other.key) return 0;
  return one.key < other.key ? -1 : 1;
}
