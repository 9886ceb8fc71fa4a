import {
  type DeviceTypePrivacy,
  type HostappApplication,
  type OsrelError,
  upstreamFailed,
} from '@osrel/core';
import { z } from 'zod';
import type { BalenaClient } from './balena-client.ts';

const tagSchema = z.looseObject({ tag_key: z.string(), value: z.string().nullable() });
const deviceTypeSchema = z.looseObject({
  slug: z.string(),
  // The cloud has private device types; the open server does not know the column and leaves it out.
  is_private: z.boolean().nullish(),
  device_type_alias: z.array(z.looseObject({ is_referenced_by__alias: z.string() })).optional(),
});
const applicationSchema = z.looseObject({
  id: z.number().int(),
  slug: z.string(),
  is_host: z.boolean(),
  is_public: z.boolean(),
  is_of__class: z.string(),
  application_tag: z.array(tagSchema),
  is_for__device_type: z.array(deviceTypeSchema),
});

/** An application with what only this adapter needs of it. */
export interface ApplicationRow {
  readonly id: number;
  /** `app`, `fleet` or `block`. */
  readonly class: string;
  /** Names of its device type, the slug included. */
  readonly aliases: readonly string[];
  readonly application: HostappApplication;
}

export interface DeviceTypeRow {
  /** Its slug and every alias. */
  readonly aliases: readonly string[];
  readonly slug: string;
  readonly privacy: DeviceTypePrivacy | null;
}

/**
 * The application with its tags and its device type, in one request. The device type is asked for without `$select`:
 * naming `is_private` to a server that does not have it is answered 500.
 */
export async function findApplicationRow(
  client: BalenaClient,
  slug: string,
): Promise<ApplicationRow | undefined> {
  const rows = await client.rows(
    (pine) =>
      pine.compile({
        resource: 'application',
        options: {
          $select: ['id', 'slug', 'is_host', 'is_public', 'is_of__class'],
          $filter: { slug: slug.toLowerCase() },
          $expand: {
            application_tag: { $select: ['tag_key', 'value'] },
            is_for__device_type: { $expand: { device_type_alias: { $select: 'is_referenced_by__alias' } } },
          },
        },
      }),
    applicationSchema,
  );
  return rows[0] === undefined ? undefined : applicationOf(rows[0]);
}

/** The application. Throws upstream `application.unknown`. */
export async function getApplicationRow(client: BalenaClient, slug: string): Promise<ApplicationRow> {
  const found = await findApplicationRow(client, slug);
  if (found !== undefined) return found;
  throw applicationUnknown(slug, 'check organization and name');
}

/** The device type that has this slug or alias. */
export async function findDeviceTypeRow(
  client: BalenaClient,
  name: string,
): Promise<DeviceTypeRow | undefined> {
  const rows = await client.rows(
    (pine) =>
      pine.compile({
        resource: 'device_type',
        options: {
          $filter: {
            $or: [
              { slug: name },
              {
                device_type_alias: {
                  $any: { $alias: 'dta', $expr: { dta: { is_referenced_by__alias: name } } },
                },
              },
            ],
          },
          $expand: { device_type_alias: { $select: 'is_referenced_by__alias' } },
        },
      }),
    deviceTypeSchema,
  );
  return rows[0] === undefined ? undefined : deviceTypeOf(rows[0]);
}

export function applicationUnknown(slug: string, needs: string): OsrelError {
  return upstreamFailed(
    'application.unknown',
    `application "${slug}" does not exist, or is not shown to this API key`,
    { hint: needs, details: { slug } },
  );
}

function applicationOf(row: z.infer<typeof applicationSchema>): ApplicationRow {
  const [first] = row.is_for__device_type;
  const deviceType = first === undefined ? undefined : deviceTypeOf(first);
  return {
    id: row.id,
    class: row.is_of__class,
    aliases: deviceType?.aliases ?? [],
    application: {
      slug: row.slug,
      isHost: row.is_host,
      isPublic: row.is_public,
      tags: Object.fromEntries(row.application_tag.map((tag) => [tag.tag_key, tag.value ?? ''])),
      deviceType: deviceType === undefined ? null : { slug: deviceType.slug, privacy: deviceType.privacy },
    },
  };
}

function deviceTypeOf(row: z.infer<typeof deviceTypeSchema>): DeviceTypeRow {
  const aliases = (row.device_type_alias ?? []).map((alias) => alias.is_referenced_by__alias);
  return {
    slug: row.slug,
    aliases: [...new Set([row.slug, ...aliases])],
    privacy: typeof row.is_private === 'boolean' ? (row.is_private ? 'private' : 'public') : null,
  };
}
