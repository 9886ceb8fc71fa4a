import { createHash, randomUUID } from 'node:crypto';
import type { ApiAnswer, ApiRequest, Route } from './api-route.ts';

/** What a multipart upload has received so far. */
interface StoredUpload {
  readonly object: string;
  readonly partBytes: readonly number[];
  readonly parts: Map<number, Buffer>;
}

/** Which MD5 the store tells about a part: its own, another's, or an ETag that is no MD5 at all. */
export type EtagKind = 'md5' | 'wrong' | 'opaque' | 'keyed';

/**
 * The store behind the API: objects that are there whole or not at all, and uploads in parts, with S3's
 * answers.
 */
export interface AssetStorage {
  /** Puts a whole object; answers its name. */
  put(bytes: Buffer): string;
  /** The content of an object. */
  read(object: string): Buffer | undefined;
  /** A presigned address of an object for reading. */
  hrefOf(object: string, origin: string): string;
  beginUpload(partBytes: readonly number[]): string;
  /** A presigned address for one part, which must have exactly the announced bytes. */
  partUrl(upload: string, part: { readonly number: number; readonly origin: string }): string;
  /** Makes the object of the parts when they are these and all there; undefined when not. */
  commit(
    upload: string,
    etags: readonly { readonly number: number; readonly etag: string }[],
  ): StoredObject | undefined;
  cancel(upload: string): void;
  /** How the next parts' ETags are made. */
  answerEtags(kinds: readonly EtagKind[]): void;
  /** Spoils the content of an object. */
  spoil(object: string, bytes: Buffer): void;
  /**
   * The least bytes of a part but the last; 5 MiB, as S3 has it, unless a test with tiny files says
   * otherwise.
   */
  leastPartBytes: number;
  /** What becomes of files in form requests: kept for a session, dropped without a word for an API key (seen on a real server). */
  formFiles: 'kept' | 'dropped';
  /** Waited for when a part has arrived, before it is answered. */
  beforePartAnswer: () => Promise<void>;
  /** Uploads that were neither committed nor cancelled. */
  openUploads(): number;
  /** Bytes of the parts that arrived, those sent twice counted twice. */
  receivedBytes(): number;
  readonly route: Route;
}

export interface StoredObject {
  readonly object: string;
  readonly sizeBytes: number;
}

export function createAssetStorage(): AssetStorage {
  const objects = new Map<string, Buffer>();
  const uploads = new Map<string, StoredUpload>();
  const signature = randomUUID();
  let etagKinds: readonly EtagKind[] = [];
  let received = 0;
  const addressOf = (object: string, origin: string, more: Readonly<Record<string, string>>) =>
    `${origin}/files/${object}?${new URLSearchParams({ ...more, 'X-Amz-Signature': signature })}`;
  const takeEtagKind = (): EtagKind => {
    const [kind = 'md5', ...others] = etagKinds;
    etagKinds = others;
    return kind;
  };

  function putPart(object: string, upload: StoredUpload | undefined, { url, body }: ApiRequest): ApiAnswer {
    const number = Number(url.searchParams.get('partNumber'));
    const wanted = upload?.partBytes[number - 1];
    if (upload?.object !== object || wanted === undefined) return s3Error(404, 'NoSuchUpload');
    if (wanted !== body.length) return s3Error(403, 'SignatureDoesNotMatch');
    upload.parts.set(number, body);
    received += body.length;
    return { status: 200, headers: etagHeaders(body, takeEtagKind()) };
  }

  return {
    leastPartBytes: 5 * 1024 * 1024,
    formFiles: 'dropped',
    beforePartAnswer: async () => {},
    put(bytes) {
      const object = `asset_${randomUUID()}`;
      objects.set(object, bytes);
      return object;
    },
    read: (object) => objects.get(object),
    hrefOf: (object, origin) => addressOf(object, origin, { 'x-id': 'GetObject' }),
    beginUpload(partBytes) {
      const upload = randomUUID();
      uploads.set(upload, { object: `asset_${randomUUID()}`, partBytes, parts: new Map() });
      return upload;
    },
    partUrl(upload, { number, origin }) {
      const object = uploads.get(upload)?.object ?? '';
      return addressOf(object, origin, {
        partNumber: String(number),
        uploadId: upload,
        'x-id': 'UploadPart',
      });
    },
    commit(upload, etags) {
      const found = uploads.get(upload);
      if (found === undefined) return undefined;
      const parts = etags.map(({ number, etag }) => ({ body: found.parts.get(number), etag }));
      const isWhole =
        etags.length === found.partBytes.length &&
        etags.every(({ number }, index) => number === index + 1) &&
        parts.every(({ body, etag }) => body !== undefined && isEtagOf(body, etag));
      if (!isWhole) return undefined;
      const bytes = Buffer.concat(parts.flatMap(({ body }) => body ?? []));
      uploads.delete(upload);
      objects.set(found.object, bytes);
      return { object: found.object, sizeBytes: bytes.length };
    },
    cancel: (upload) => void uploads.delete(upload),
    answerEtags(kinds) {
      etagKinds = kinds;
    },
    spoil: (object, bytes) => void objects.set(object, bytes),
    openUploads: () => uploads.size,
    receivedBytes: () => received,
    async route(request) {
      const object = /^\/files\/([^/]+)$/.exec(request.path)?.[1];
      if (object === undefined) return undefined;
      // S3 takes one way of proving who asks: a bearer beside a signed address is an error.
      if (request.headers.authorization !== undefined) return s3Error(400, 'InvalidArgument');
      if (request.url.searchParams.get('X-Amz-Signature') !== signature) return s3Error(403, 'AccessDenied');
      if (request.method === 'PUT') {
        await this.beforePartAnswer();
        return putPart(object, uploads.get(request.url.searchParams.get('uploadId') ?? ''), request);
      }
      const bytes = objects.get(object);
      if (bytes === undefined) return s3Error(404, 'NoSuchKey');
      return { status: 200, headers: { 'content-type': 'application/octet-stream' }, body: bytes };
    },
  };
}

function etagHeaders(body: Buffer, kind: EtagKind): Record<string, string> {
  if (kind === 'opaque') return { etag: `"${md5Of(body)}-1"` };
  if (kind === 'wrong') return { etag: `"${md5Of(Buffer.from('others'))}"` };
  const etag = kind === 'md5' ? `"${md5Of(body)}"` : `"${md5Of(Buffer.concat([body, Buffer.from('key')]))}"`;
  return kind === 'md5' ? { etag } : { etag, 'x-amz-server-side-encryption': 'aws:kms' };
}

function isEtagOf(body: Buffer, etag: string): boolean {
  return (['md5', 'opaque', 'keyed'] as const).some((kind) => etagHeaders(body, kind).etag === etag);
}

function md5Of(body: Buffer): string {
  return createHash('md5').update(body).digest('hex');
}

function s3Error(status: number, code: string): ApiAnswer {
  const text = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`;
  return { status, headers: { 'content-type': 'application/xml' }, body: Buffer.from(text) };
}
