import { createHash } from 'node:crypto';
import { assetStorageOf } from '../servers/balena/asset-routes.ts';
import type { Row } from '../servers/balena/balena-world.ts';
import type { WorldObject } from '../servers/s3/s3-world.ts';
import type { RemoteServers } from './remote-servers.ts';

export interface ViewedRelease {
  readonly id: number;
  /** Slug. */
  readonly application: string;
  /** Without revision. */
  readonly version: string;
  readonly row: Row;
  readonly isFinal: boolean;
  readonly isInvalidated: boolean;
  readonly tags: Readonly<Record<string, unknown>>;
  /** Content by key; null for a row without content. */
  readonly assets: ReadonlyMap<string, Buffer | null>;
  readonly images: readonly ViewedImage[];
}

export interface ViewedImage {
  readonly service: unknown;
  readonly row: Row;
  readonly labels: Readonly<Record<string, unknown>>;
  /** The image's manifest is in the registry, and everything that it names. */
  readonly isPullable: boolean;
}

/** What the three servers hold at one moment. */
export interface RemoteView {
  readonly objects: ReadonlyMap<string, WorldObject>;
  readonly releases: readonly ViewedRelease[];
}

export function viewRemoteWorld(servers: RemoteServers): RemoteView {
  const { world } = servers.balena;
  const applications = new Map(world.rows('application').map((row) => [row.id, String(row.slug)]));
  const releases = world.rows('release').map((row) => ({
    id: row.id,
    application: applications.get(Number(row.belongs_to__application)) ?? '',
    version: [row.semver_major, row.semver_minor, row.semver_patch].join('.'),
    row,
    isFinal: row.is_final === true,
    isInvalidated: row.is_invalidated === true,
    tags: pairs(world.rows('release_tag'), { column: 'release', id: row.id, key: 'tag_key' }),
    assets: assetsOf(servers, row.id),
    images: imagesOf(servers, row.id),
  }));
  return { objects: new Map(servers.s3.world.objects), releases };
}

/** Lower-case hex. */
export function sha256Of(bytes: Buffer): string {
  const known = digests.get(bytes);
  if (known !== undefined) return known;
  const digest = createHash('sha256').update(bytes).digest('hex');
  digests.set(bytes, digest);
  return digest;
}

/** The world is looked at after each write, and most of it is what it was. */
const digests = new WeakMap<Buffer, string>();

function assetsOf({ balena: { world } }: RemoteServers, release: number) {
  const storage = assetStorageOf(world);
  return new Map(
    world
      .rows('release_asset')
      .filter((row) => row.release === release)
      .map((row) => {
        const { href } = (row.asset ?? {}) as { readonly href?: string };
        const object = href === undefined ? undefined : new URL(href).pathname.split('/').at(-1);
        return [String(row.asset_key), storage.read(object ?? '') ?? null] as const;
      }),
  );
}

function imagesOf({ balena: { world }, registry }: RemoteServers, release: number): readonly ViewedImage[] {
  const services = new Map(world.rows('service').map((row) => [row.id, row.service_name]));
  const links = world.rows('image__is_part_of__release').filter((row) => row.is_part_of__release === release);
  return links.flatMap((link) =>
    world
      .rows('image')
      .filter((row) => row.id === link.image)
      .map((row) => ({
        service: services.get(Number(row.is_a_build_of__service)),
        row,
        labels: pairs(world.rows('image_label'), { column: 'release_image', id: link.id, key: 'label_name' }),
        isPullable: isPullable(registry, row),
      })),
  );
}

function isPullable({ host, state }: RemoteServers['registry'], image: Row): boolean {
  const repository = state.repository(String(image.is_stored_at__image_location).replace(`${host}/`, ''));
  const manifest = repository.manifests.get(String(image.content_hash));
  if (manifest === undefined) return false;
  const { config, layers } = JSON.parse(manifest.content.toString()) as {
    readonly config: { readonly digest: string };
    readonly layers: readonly { readonly digest: string }[];
  };
  return [config, ...layers].every(({ digest }) => repository.blobs.has(digest) && state.blobs.has(digest));
}

function pairs(
  rows: readonly Row[],
  { column, id, key }: { readonly column: string; readonly id: number; readonly key: string },
): Readonly<Record<string, unknown>> {
  const own = rows.filter((row) => row[column] === id).map((row) => [String(row[key]), row.value] as const);
  return Object.fromEntries(own.sort(([one], [other]) => (one < other ? -1 : 1)));
}
