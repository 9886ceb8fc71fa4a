import { createHash } from 'node:crypto';
import { checkConditions } from './check-conditions.ts';
import { checksumHeaders, objectHeadersOf } from './object-routes.ts';
import { checkBody, checksumOf } from './read-request-body.ts';
import { headerOf, type S3Answer, type S3Call, xmlAnswer } from './s3-call.ts';
import { S3Failure } from './s3-failure.ts';
import {
  type ChecksumName,
  checkRoom,
  etagOf,
  nowMs,
  placeObject,
  type S3World,
  type WorldPart,
  type WorldUpload,
} from './s3-world.ts';
import { textOf } from './xml.ts';

export function startUpload(world: S3World, call: S3Call): S3Answer {
  const id = `upload-${String(world.nextUpload).padStart(6, '0')}`;
  world.nextUpload += 1;
  world.uploads.set(id, {
    id,
    key: call.key,
    headers: objectHeadersOf(world, call),
    checksum: wholeChecksumOf(world, call),
    startedMs: nowMs(world),
    parts: new Map(),
  });
  return xmlAnswer('InitiateMultipartUploadResult', { Bucket: world.bucket, Key: call.key, UploadId: id });
}

function wholeChecksumOf({ profile }: S3World, call: S3Call): ChecksumName | null {
  const asked = headerOf(call, 'x-amz-checksum-algorithm');
  if (asked === undefined || profile.checksums.length === 0) return null;
  const known = profile.wholeChecksums.find((name) => name === asked);
  if (known === undefined) throw new S3Failure(400, 'InvalidRequest', `no ${asked} over whole objects here`);
  return known;
}

export function putPart(world: S3World, call: S3Call): S3Answer {
  const upload = uploadOf(world, call);
  const number = Number(call.query.get('partNumber'));
  if (!Number.isInteger(number) || number < 1 || number > 10_000) throw new S3Failure(400, 'InvalidArgument');
  const { bytes, checksums } = checkBody(call.raw, call.headers, world.profile);
  checkRoom(world, bytes.length);
  const etag = etagOf(world.profile, bytes);
  upload.parts.set(number, { bytes, etag, checksums });
  return { status: 200, headers: { etag, ...checksumHeaders(checksums) } };
}

export function endUpload(world: S3World, call: S3Call): S3Answer {
  const upload = uploadOf(world, call);
  world.uploads.delete(upload.id);
  return { status: 204 };
}

export function completeUpload(world: S3World, call: S3Call): S3Answer {
  const upload = uploadOf(world, call);
  const parts = partsOf(world, upload, call.raw.toString());
  const bytes = Buffer.concat(parts.map((part) => part.bytes));
  const checksums = checkWhole(world, upload, { call, bytes });
  const condition = world.profile.conditionalComplete;
  checkConditions(world, call, { createOnly: condition, compareAndSwap: condition });
  const digests = parts.map((part) => Buffer.from(part.etag.replaceAll('"', ''), 'hex'));
  const etag = `"${createHash('md5').update(Buffer.concat(digests)).digest('hex')}-${parts.length}"`;
  world.uploads.delete(upload.id);
  placeObject(world, call.key, { ...upload.headers, bytes, etag, checksums, modifiedMs: nowMs(world) });
  return xmlAnswer('CompleteMultipartUploadResult', {
    Bucket: world.bucket,
    Key: call.key,
    ETag: world.profile.tellsCompletedEtag ? etag : '',
  });
}

function partsOf({ profile }: S3World, upload: WorldUpload, body: string): readonly WorldPart[] {
  const named = [...body.matchAll(/<Part>(.*?)<\/Part>/gs)].map((match) => match[1] ?? '');
  if (named.length === 0) throw new S3Failure(400, 'MalformedXML');
  let before = 0;
  return named.map((xml, index) => {
    const number = Number(textOf(xml, 'PartNumber'));
    const part = upload.parts.get(number);
    if (number <= before) throw new S3Failure(400, 'InvalidPartOrder');
    before = number;
    if (part === undefined || textOf(xml, 'ETag') !== part.etag) throw new S3Failure(400, 'InvalidPart');
    if (index < named.length - 1 && part.bytes.length < profile.smallestPartBytes) {
      throw new S3Failure(400, 'EntityTooSmall');
    }
    return part;
  });
}

function checkWhole(
  { profile }: S3World,
  { checksum }: WorldUpload,
  { call, bytes }: { readonly call: S3Call; readonly bytes: Buffer },
) {
  const size = headerOf(call, 'x-amz-mp-object-size');
  if (checksum === null || !profile.verifiesWhole) return {};
  if (size !== undefined && Number(size) !== bytes.length) throw new S3Failure(400, 'InvalidRequest');
  const right = checksumOf(checksum, bytes);
  const told = headerOf(call, `x-amz-checksum-${checksum.toLowerCase()}`);
  if (told !== undefined && told !== right) throw new S3Failure(400, 'BadDigest', `wrong ${checksum}`);
  return { [checksum]: right };
}

function uploadOf(world: S3World, { key, query }: S3Call): WorldUpload {
  const upload = world.uploads.get(query.get('uploadId') ?? '');
  if (upload === undefined || upload.key !== key) throw new S3Failure(404, 'NoSuchUpload');
  return upload;
}
