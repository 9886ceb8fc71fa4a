import { createHash } from 'node:crypto';
import { S3Failure } from './s3-failure.ts';
import type { S3Profile } from './s3-profile.ts';

export type ChecksumName = 'SHA256' | 'CRC32' | 'CRC64NVME';

/** What is known of content besides its bytes. */
export interface ObjectHeaders {
  readonly contentType: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly acl: 'private' | 'public-read';
  readonly encryption: string | null;
}

export interface WorldObject extends ObjectHeaders {
  readonly bytes: Buffer;
  /** With quotes. */
  readonly etag: string;
  readonly checksums: Readonly<Partial<Record<ChecksumName, string>>>;
  readonly modifiedMs: number;
}

export interface WorldPart {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly checksums: Readonly<Partial<Record<ChecksumName, string>>>;
}

export interface WorldUpload {
  readonly id: string;
  readonly key: string;
  readonly headers: ObjectHeaders;
  readonly checksum: ChecksumName | null;
  readonly startedMs: number;
  readonly parts: Map<number, WorldPart>;
}

/** Everything the server holds. */
export interface S3World {
  readonly bucket: string;
  readonly profile: S3Profile;
  readonly objects: Map<string, WorldObject>;
  readonly uploads: Map<string, WorldUpload>;
  /** Objects as a replica shows them that has not heard of the last writes yet; null: there is no lag. */
  stale: Map<string, WorldObject> | null;
  /** Bytes the bucket may hold. */
  quotaBytes: number;
  /** What the server's clock is ahead of this machine's. */
  clockOffsetMs: number;
  nextUpload: number;
}

export function createS3World(bucket: string, profile: S3Profile): S3World {
  return {
    bucket,
    profile,
    objects: new Map(),
    uploads: new Map(),
    stale: null,
    quotaBytes: Number.POSITIVE_INFINITY,
    clockOffsetMs: 0,
    nextUpload: 1,
  };
}

/** The server's clock. */
export function nowMs(world: S3World): number {
  return Date.now() + world.clockOffsetMs;
}

/** With quotes: the MD5, or something that is none where the profile says so. */
export function etagOf({ etags }: S3Profile, bytes: Uint8Array): string {
  const hash = createHash('md5').update(bytes);
  if (etags === 'opaque') hash.update('sealed');
  return `"${hash.digest('hex')}"`;
}

/** Makes or replaces an object, unless the bucket is full. */
export function placeObject(world: S3World, key: string, object: WorldObject): void {
  checkRoom(world, object.bytes.length);
  world.objects.set(key, object);
}

/** @throws S3Failure when so many bytes more do not fit */
export function checkRoom(world: S3World, bytes: number): void {
  const objects = [...world.objects.values()].map((each) => each.bytes.length);
  const parts = [...world.uploads.values()].flatMap((each) =>
    [...each.parts.values()].map((part) => part.bytes.length),
  );
  const used = [...objects, ...parts].reduce((sum, each) => sum + each, 0);
  if (used + bytes > world.quotaBytes) throw new S3Failure(507, 'InsufficientCapacity', 'the bucket is full');
}

/** The object as a reader sees it now. */
export function seenObject(world: S3World, key: string): WorldObject | undefined {
  return (world.stale ?? world.objects).get(key);
}
