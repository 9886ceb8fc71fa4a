import {
  type HostappRelease,
  type OsrelError,
  type ReleaseImage,
  type ReleaseStatus,
  upstreamFailed,
} from '@osrel/core';
import { z } from 'zod';
import type { BalenaClient, Pine } from './balena-client.ts';
import { imageColumnsSchema } from './image-rows.ts';

/**
 * What osrel writes into a composition, where compose parsers ignore it: whose release this is. It is made together
 * with the release, so there is no moment in which a draft of ours has no mark.
 */
const ownSchema = z.looseObject({
  mark: z.string(),
  version: z.string(),
  source: z.string(),
  archives: z.record(z.string(), z.string()),
});
export type OwnNote = z.infer<typeof ownSchema>;

/** Key of the note in the composition. */
export const OWN_KEY = 'x-osrel';

const releaseSchema = z.looseObject({
  id: z.number().int(),
  commit: z.string(),
  raw_version: z.string(),
  is_final: z.boolean(),
  is_invalidated: z.boolean(),
  revision: z.number().int().nullable(),
  status: z.string(),
  note: z.string().nullish(),
  composition: z.unknown(),
  belongs_to__application: z.tuple([z.looseObject({ id: z.number().int(), slug: z.string() })]),
  release_tag: z.array(z.looseObject({ tag_key: z.string(), value: z.string().nullable() })),
  release_image: z.array(z.looseObject({ id: z.number().int(), image: z.array(imageColumnsSchema) })),
});

/** A release with what only this adapter needs of it. */
export interface ReleaseRow {
  readonly release: HostappRelease;
  readonly applicationId: number;
  readonly note: string | null;
  readonly composition: Readonly<Record<string, unknown>>;
  /** Undefined for a release that osrel did not make. */
  readonly own: OwnNote | undefined;
}

type ReleaseFilter = { readonly id: number } | { readonly application: string };

/** Releases by id, in one request. */
export async function listReleaseRows(
  client: BalenaClient,
  filter: ReleaseFilter,
): Promise<readonly ReleaseRow[]> {
  const rows = await client.rows((pine) => compileQuery(pine, filter), releaseSchema);
  return rows.map(releaseOf);
}

export async function findReleaseRow(client: BalenaClient, id: number): Promise<ReleaseRow | undefined> {
  return (await listReleaseRows(client, { id }))[0];
}

/** The release. Throws upstream `release.missing`. */
export async function getReleaseRow(client: BalenaClient, id: number): Promise<ReleaseRow> {
  const found = await findReleaseRow(client, id);
  if (found !== undefined) return found;
  throw releaseMissing(id);
}

export function releaseMissing(id: number): OsrelError {
  return upstreamFailed('release.missing', `release ${id} does not exist, or is not shown to this API key`, {
    hint: 'see the releases with "osrel status"; plan again when it was removed',
  });
}

function compileQuery(pine: Pine, filter: ReleaseFilter): string {
  return pine.compile({
    resource: 'release',
    options: {
      $select: [
        'id',
        'commit',
        'raw_version',
        'is_final',
        'is_invalidated',
        'revision',
        'status',
        'note',
        'composition',
      ],
      $filter:
        'id' in filter
          ? { id: filter.id }
          : {
              belongs_to__application: {
                $any: { $alias: 'a', $expr: { a: { slug: filter.application.toLowerCase() } } },
              },
            },
      $orderby: 'id asc',
      $expand: {
        belongs_to__application: { $select: ['id', 'slug'] },
        release_tag: { $select: ['tag_key', 'value'] },
        release_image: {
          $select: 'id',
          $expand: {
            image: {
              $select: ['id', 'content_hash', 'image_size', 'status', 'is_stored_at__image_location'],
              $expand: { is_a_build_of__service: { $select: 'service_name' } },
            },
          },
        },
      },
    },
  });
}

function releaseOf(row: z.infer<typeof releaseSchema>): ReleaseRow {
  const composition = compositionOf(row.composition);
  const own = ownSchema.safeParse(composition[OWN_KEY]).data;
  const [application] = row.belongs_to__application;
  return {
    applicationId: application.id,
    note: row.note ?? null,
    composition,
    own,
    release: {
      id: row.id,
      commit: row.commit,
      application: application.slug,
      version: own?.version ?? versionOf(row.raw_version),
      rawVersion: row.raw_version,
      isFinal: row.is_final,
      isInvalidated: row.is_invalidated,
      revision: row.revision,
      status: statusWord(row.status),
      mark: own?.mark ?? null,
      sourceSha: own?.source ?? null,
      tags: Object.fromEntries(row.release_tag.map((tag) => [tag.tag_key, tag.value ?? ''])),
      images: imagesOf(row, own),
    },
  };
}

/** The newer API answers an object, an older translation its text. */
function compositionOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'string') return z.record(z.string(), z.unknown()).safeParse(value).data ?? {};
  try {
    return compositionOf(JSON.parse(value));
  } catch {
    return {};
  }
}

/** `6.5.1-1795231799963+rev2` is a draft of `6.5.1+rev2` (balena-automation 4.5). */
function versionOf(rawVersion: string): string {
  return rawVersion.replace(/[-.][0-9]{13}(?=\+|$)/, '');
}

function statusWord(status: string): ReleaseStatus {
  if (status === 'success' || status === 'running') return status;
  return ['failed', 'error', 'cancelled', 'interrupted'].includes(status) ? 'failed' : 'running';
}

/** Complete images, one a service: a row without content is an upload under way. */
function imagesOf(row: z.infer<typeof releaseSchema>, own: OwnNote | undefined): readonly ReleaseImage[] {
  const images = new Map<string, ReleaseImage>();
  for (const { image } of row.release_image.toSorted((a, b) => a.id - b.id)) {
    const [found] = image;
    const service = found?.is_a_build_of__service[0]?.service_name;
    if (service === undefined || found?.status !== 'success' || !found.content_hash) continue;
    if (images.has(service)) continue;
    images.set(service, {
      service,
      archiveSha256: own?.archives[service] ?? null,
      contentHash: found.content_hash,
      sizeBytes: found.image_size ?? 0,
    });
  }
  return [...images.values()];
}
