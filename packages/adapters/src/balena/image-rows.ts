import { z } from 'zod';
import type { BalenaClient } from './balena-client.ts';

/** Columns of an image that osrel reads. Sizes are big integers, which some servers write as text. */
export const imageColumnsSchema = z.looseObject({
  id: z.number().int(),
  content_hash: z.string().nullable(),
  image_size: z
    .union([
      z.number(),
      z
        .string()
        .regex(/^[0-9]+$/)
        .transform(Number),
    ])
    .nullable(),
  status: z.string(),
  is_stored_at__image_location: z.string(),
  is_a_build_of__service: z.array(z.looseObject({ service_name: z.string() })),
});

const placeSchema = z.looseObject({ id: z.number().int(), image: z.array(imageColumnsSchema) });
const idSchema = z.looseObject({ id: z.number().int() });
const locationSchema = z.looseObject({ is_stored_at__image_location: z.string() });
const orphanSchema = z.looseObject({ id: z.number().int(), release_image: z.array(z.unknown()) });
const labelSchema = z.looseObject({ id: z.number().int(), label_name: z.string(), value: z.string() });

/** Where the image of a service lies and how far it is. */
export interface ImagePlace {
  /** Row that joins the image and its release. */
  readonly joinId: number;
  readonly imageId: number;
  /** `registry2.balena-cloud.com/v2/<32 hex>`. */
  readonly location: string;
  /** `sha256:<hex>`; null while the content is missing. */
  readonly contentHash: string | null;
  readonly sizeBytes: number;
}

/** Images of a service in a release, the one that was joined first in front. */
export async function listPlaces(
  client: BalenaClient,
  { releaseId, service }: { readonly releaseId: number; readonly service: string },
): Promise<readonly ImagePlace[]> {
  const rows = await client.rows(
    (pine) =>
      pine.compile({
        resource: 'image__is_part_of__release',
        options: {
          $select: 'id',
          $filter: { is_part_of__release: releaseId },
          $orderby: 'id asc',
          $expand: {
            image: {
              $select: ['id', 'content_hash', 'image_size', 'status', 'is_stored_at__image_location'],
              $expand: { is_a_build_of__service: { $select: 'service_name' } },
            },
          },
        },
      }),
    placeSchema,
  );
  return rows.flatMap(({ id, image }) =>
    image
      .filter((each) => each.is_a_build_of__service[0]?.service_name === service)
      .map((each) => ({
        joinId: id,
        imageId: each.id,
        location: each.is_stored_at__image_location,
        contentHash: each.status === 'success' ? each.content_hash : null,
        sizeBytes: each.image_size ?? 0,
      })),
  );
}

/** Id of the service of an application; undefined when it has none of that name. */
export async function findService(
  client: BalenaClient,
  { applicationId, service }: { readonly applicationId: number; readonly service: string },
): Promise<number | undefined> {
  const rows = await client.rows(
    (pine) =>
      pine.compile({
        resource: 'service',
        options: { $select: 'id', $filter: { application: applicationId, service_name: service } },
      }),
    idSchema,
  );
  return rows[0]?.id;
}

/** An image that was made under this note and is joined to no release: its reply, or its maker, was lost. */
export async function findOrphan(
  client: BalenaClient,
  { serviceId, note }: { readonly serviceId: number; readonly note: string },
): Promise<number | undefined> {
  const rows = await client.rows(
    (pine) =>
      pine.compile({
        resource: 'image',
        options: {
          $select: 'id',
          $filter: { is_a_build_of__service: serviceId, build_log: note },
          $orderby: 'id asc',
          $expand: { release_image: { $select: 'id' } },
        },
      }),
    orphanSchema,
  );
  return rows.find((row) => row.release_image.length === 0)?.id;
}

/** Locations of the newest complete images of a service: they share most layers with the next one. */
export async function listFormerLocations(
  client: BalenaClient,
  serviceId: number,
): Promise<readonly string[]> {
  const rows = await client.rows(
    (pine) =>
      pine.compile({
        resource: 'image',
        options: {
          $select: 'is_stored_at__image_location',
          $filter: { is_a_build_of__service: serviceId, status: 'success' },
          $orderby: 'id desc',
          $top: 3,
        },
      }),
    locationSchema,
  );
  return rows.map((row) => row.is_stored_at__image_location);
}

export interface LabelRow {
  readonly id: number;
  readonly value: string;
}

/** Labels of an image of a release, by name. */
export async function listLabels(
  client: BalenaClient,
  joinId: number,
): Promise<ReadonlyMap<string, LabelRow>> {
  const rows = await client.rows(
    (pine) =>
      pine.compile({
        resource: 'image_label',
        options: { $select: ['id', 'label_name', 'value'], $filter: { release_image: joinId } },
      }),
    labelSchema,
  );
  return new Map(rows.map((row) => [row.label_name, { id: row.id, value: row.value }]));
}
