import { checkConditions } from './check-conditions.ts';
import { checkBody } from './read-request-body.ts';
import { headerOf, type S3Answer, type S3Call, xmlAnswer } from './s3-call.ts';
import { S3Failure } from './s3-failure.ts';
import {
  etagOf,
  nowMs,
  type ObjectHeaders,
  placeObject,
  type S3World,
  seenObject,
  type WorldObject,
} from './s3-world.ts';

/** PUT of a whole object. */
export function putObject(world: S3World, call: S3Call): S3Answer {
  const headers = objectHeadersOf(world, call);
  const { bytes, checksums } = checkBody(call.raw, call.headers, world.profile);
  checkConditions(world, call, world.profile);
  const etag = etagOf(world.profile, bytes);
  placeObject(world, call.key, { ...headers, bytes, etag, checksums, modifiedMs: nowMs(world) });
  return { status: 200, headers: { etag, ...checksumHeaders(checksums) } };
}

export function readObject(world: S3World, call: S3Call): S3Answer {
  const object = seenObject(world, call.key);
  if (object === undefined) throw new S3Failure(404, 'NoSuchKey');
  const wanted = headerOf(call, 'if-match');
  if (wanted !== undefined && wanted !== object.etag) throw new S3Failure(412, 'PreconditionFailed');
  const shown = call.query.has('partNumber') || headerOf(call, 'x-amz-checksum-mode') === 'ENABLED';
  const headers = { ...describeObject(object), ...(shown ? checksumHeaders(object.checksums) : {}) };
  const range = /^bytes=(\d+)-(\d*)$/.exec(headerOf(call, 'range') ?? '');
  if (range === null) return { status: 200, headers, body: object.bytes };
  const from = Number(range[1]);
  if (from >= object.bytes.length) throw new S3Failure(416, 'InvalidRange');
  const to = range[2] === '' ? object.bytes.length - 1 : Math.min(Number(range[2]), object.bytes.length - 1);
  return {
    status: 206,
    headers: { ...headers, 'content-range': `bytes ${from}-${to}/${object.bytes.length}` },
    body: object.bytes.subarray(from, to + 1),
  };
}

export function deleteObject(world: S3World, call: S3Call): S3Answer {
  world.objects.delete(call.key);
  return { status: 204 };
}

const EVERYBODY = 'http://acs.amazonaws.com/groups/global/AllUsers';

export function readAccessList(world: S3World, call: S3Call): S3Answer {
  const { accessLists } = world.profile;
  if (accessLists === 'not-implemented') throw new S3Failure(501, 'NotImplemented');
  const object = seenObject(world, call.key);
  if (object === undefined) throw new S3Failure(404, 'NoSuchKey');
  const isPublic = accessLists === 'kept' && object.acl === 'public-read';
  return xmlAnswer('AccessControlPolicy', {
    Owner: { ID: 'osrel' },
    AccessControlList: {
      Grant: [
        { Grantee: { ID: 'osrel' }, Permission: 'FULL_CONTROL' },
        ...(isPublic ? [{ Grantee: { URI: EVERYBODY }, Permission: 'READ' }] : []),
      ],
    },
  });
}

/** What a request says about the object that it makes. */
export function objectHeadersOf({ profile }: S3World, call: S3Call): ObjectHeaders {
  const acl = headerOf(call, 'x-amz-acl');
  if (acl !== undefined && profile.accessLists === 'refused') {
    throw new S3Failure(400, 'AccessControlListNotSupported', 'The bucket does not allow ACLs');
  }
  if (acl !== undefined && profile.accessLists === 'not-implemented')
    throw new S3Failure(501, 'NotImplemented');
  const metadata = Object.entries(call.headers).flatMap(([name, value]) =>
    name.startsWith('x-amz-meta-') ? [[name, String(value)] as const] : [],
  );
  return {
    contentType: headerOf(call, 'content-type') ?? 'binary/octet-stream',
    metadata: Object.fromEntries(metadata),
    acl: acl === 'public-read' ? 'public-read' : 'private',
    encryption: headerOf(call, 'x-amz-server-side-encryption') ?? null,
  };
}

function describeObject(object: WorldObject): Record<string, string> {
  return {
    'content-type': object.contentType,
    'last-modified': new Date(object.modifiedMs).toUTCString(),
    etag: object.etag,
    ...object.metadata,
    ...(object.encryption === null ? {} : { 'x-amz-server-side-encryption': object.encryption }),
  };
}

export function checksumHeaders(checksums: WorldObject['checksums']): Record<string, string> {
  const entries = Object.entries(checksums).map(([name, value]) => [
    `x-amz-checksum-${name.toLowerCase()}`,
    value,
  ]);
  return entries.length === 0 ? {} : { ...Object.fromEntries(entries), 'x-amz-checksum-type': 'FULL_OBJECT' };
}
