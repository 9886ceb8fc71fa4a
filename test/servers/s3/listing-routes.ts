import { type S3Answer, type S3Call, xmlAnswer } from './s3-call.ts';
import { S3Failure } from './s3-failure.ts';
import type { S3World } from './s3-world.ts';

/** ListObjectsV2: small pages, folders by delimiter, keys encoded when asked for. */
export function listObjects(world: S3World, call: S3Call): S3Answer {
  const { query } = call;
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const encode = query.get('encoding-type') === 'url' ? encodeKey : (key: string) => key;
  const objects = world.stale ?? world.objects;
  const names = [...objects.keys()]
    .filter((key) => key.startsWith(prefix))
    .map((key) => nameOf(key, prefix, delimiter));
  const after = decodeToken(query.get('continuation-token'));
  const rest = [...new Set(names)].sort(byBytes).filter((name) => after === null || byBytes(name, after) > 0);
  const size = Math.min(world.profile.pageSize, Number(query.get('max-keys') ?? '1000'));
  const page = rest.slice(0, size);
  const isTruncated = rest.length > page.length;
  return xmlAnswer('ListBucketResult', {
    Name: world.bucket,
    Prefix: encode(prefix),
    KeyCount: page.length,
    MaxKeys: size,
    EncodingType: query.get('encoding-type') ?? undefined,
    IsTruncated: isTruncated,
    NextContinuationToken: isTruncated ? Buffer.from(page.at(-1) ?? '').toString('base64url') : undefined,
    Contents: page.flatMap((name) => {
      const object = objects.get(name);
      if (object === undefined || isFolder(name, prefix, delimiter)) return [];
      const LastModified = new Date(object.modifiedMs).toISOString();
      return [{ Key: encode(name), LastModified, ETag: object.etag, Size: object.bytes.length }];
    }),
    CommonPrefixes: page
      .filter((name) => isFolder(name, prefix, delimiter))
      .map((name) => ({ Prefix: encode(name) })),
  });
}

function nameOf(key: string, prefix: string, delimiter: string): string {
  const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
  return end < 0 ? key : key.slice(0, end + delimiter.length);
}

function isFolder(name: string, prefix: string, delimiter: string): boolean {
  return delimiter !== '' && name.length > prefix.length && name.endsWith(delimiter);
}

/** As AWS does it: a space becomes a plus. */
function encodeKey(key: string): string {
  return encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+');
}

function decodeToken(token: string | null): string | null {
  return token === null ? null : Buffer.from(token, 'base64url').toString();
}

function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

/** ListMultipartUploads, by key and then by start. */
export function listUploads(world: S3World, { query }: S3Call): S3Answer {
  const prefix = query.get('prefix') ?? '';
  const isExact = world.profile.uploadListing === 'exact-key';
  const uploads = [...world.uploads.values()]
    .filter(({ key }) => (isExact ? key === prefix : key.startsWith(prefix)))
    .sort((one, other) => byBytes(one.key, other.key) || one.id.localeCompare(other.id));
  const keyMarker = query.get('key-marker');
  const idMarker = query.get('upload-id-marker') ?? '';
  const rest = uploads.filter(
    ({ key, id }) =>
      keyMarker === null || byBytes(key, keyMarker) > 0 || (key === keyMarker && id > idMarker),
  );
  const page = rest.slice(0, world.profile.pageSize);
  const last = page.at(-1);
  const isTruncated = rest.length > page.length;
  return xmlAnswer('ListMultipartUploadsResult', {
    Bucket: world.bucket,
    Prefix: prefix,
    IsTruncated: isTruncated,
    NextKeyMarker: isTruncated ? last?.key : undefined,
    NextUploadIdMarker: isTruncated ? last?.id : undefined,
    Upload: page.map(({ key, id, startedMs }) => ({
      Key: key,
      UploadId: id,
      Initiated: new Date(startedMs).toISOString(),
    })),
  });
}

/** ListParts of one upload. */
export function listParts(world: S3World, { key, query }: S3Call): S3Answer {
  const upload = world.uploads.get(query.get('uploadId') ?? '');
  if (upload === undefined || upload.key !== key) throw new S3Failure(404, 'NoSuchUpload');
  const after = Number(query.get('part-number-marker') ?? '0');
  const rest = [...upload.parts].filter(([number]) => number > after).sort(([one], [other]) => one - other);
  const page = rest.slice(0, world.profile.pageSize);
  return xmlAnswer('ListPartsResult', {
    Bucket: world.bucket,
    Key: key,
    UploadId: upload.id,
    IsTruncated: rest.length > page.length,
    NextPartNumberMarker: page.at(-1)?.[0] ?? 0,
    Part: page.map(([number, { bytes, etag, checksums }]) => ({
      PartNumber: number,
      Size: bytes.length,
      ETag: etag,
      ...Object.fromEntries(Object.entries(checksums).map(([name, value]) => [`Checksum${name}`, value])),
    })),
  });
}
