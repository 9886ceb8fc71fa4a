import {
  type Clock,
  conflict,
  type DeviceTypePrivacy,
  type HostappApplications,
  type OsrelError,
} from '@osrel/core';
import { z } from 'zod';
import { checkApplication, missingApplication } from './application-problems.ts';
import { findApplicationRow, findDeviceTypeRow, getApplicationRow } from './application-rows.ts';
import { type BalenaClient, type Compile, unlessTaken } from './balena-client.ts';
import { readAgain } from './read-again.ts';
import { checkTag } from './tag-limits.ts';

interface TagChange {
  readonly key: string;
  /** Null removes the tag. */
  readonly value: string | null;
  /** Null: there is none. */
  readonly expected: string | null;
}

const tagRowSchema = z.looseObject({ value: z.string().nullable() });

/** Applications of a balena backend. They are made by operators, never here. */
export function createBalenaApplications(client: BalenaClient, clock: Clock): HostappApplications {
  // What an application told about its device type needs no second request.
  const privacies = new Map<string, DeviceTypePrivacy>();
  return {
    createsMissing: false,
    async find(slug) {
      const row = await findApplicationRow(client, slug);
      const { deviceType } = row?.application ?? {};
      for (const name of row?.aliases ?? []) privacies.set(name, deviceType?.privacy ?? 'public');
      return row?.application;
    },
    async ensure(wish) {
      for (const [key, value] of Object.entries(wish.tags)) checkTag('application', key, value);
      const row = await findApplicationRow(client, wish.slug);
      if (row === undefined) throw missingApplication(wish);
      checkApplication(row, wish);
      return row.application;
    },
    async findDeviceTypePrivacy(slug) {
      const known = privacies.get(slug);
      if (known !== undefined) return known;
      const row = await findDeviceTypeRow(client, slug);
      // A server without the column has no private device types.
      return row === undefined ? undefined : (row.privacy ?? 'public');
    },
    writeTag: (slug, change) => writeTag({ client, clock }, slug, change),
  };
}

interface Terms {
  readonly client: BalenaClient;
  readonly clock: Clock;
}

/**
 * Compare and swap, as far as the API has it: a new tag is made by POST, which a tag that is there already refuses; a
 * changed or removed one is selected by the expected value. Then it is read back.
 */
async function writeTag({ client, clock }: Terms, slug: string, change: TagChange): Promise<void> {
  const { key, value, expected } = change;
  checkTag('application', key, value ?? '');
  const { id, application } = await getApplicationRow(client, slug);
  const found = Object.hasOwn(application.tags, key) ? (application.tags[key] ?? null) : null;
  if (found !== expected) throw tagMoved(slug, change, found);
  if (found === value) return;
  if (expected === null) await addTag(client, { application: id, tag_key: key, value });
  else await swapTag(client, { application: id, tag_key: key, value: expected }, value);
  const now = await readAgain({
    clock,
    read: () => readTag(client, id, key),
    isShown: (shown) => shown !== expected,
  });
  if (now !== value) throw tagMoved(slug, change, now);
}

type TagRow = { readonly application: number; readonly tag_key: string; readonly value: string };

/** Taken already is no failure yet: it may be ours, of a reply that was lost. */
async function addTag(
  client: BalenaClient,
  row: Omit<TagRow, 'value'> & { readonly value: string | null },
): Promise<void> {
  await unlessTaken(() => client.insert('application_tag', row, { isRepeatable: true }));
}

/** Changes or removes the tag that has exactly this value. */
async function swapTag(client: BalenaClient, row: TagRow, value: string | null): Promise<void> {
  const compile: Compile = (pine) =>
    pine.compile({ resource: 'application_tag', options: { $filter: { ...row } } });
  if (value === null) await client.remove(compile);
  else await client.change(compile, { value });
}

async function readTag(client: BalenaClient, application: number, key: string): Promise<string | null> {
  const rows = await client.rows(
    (pine) =>
      pine.compile({
        resource: 'application_tag',
        options: { $select: ['value'], $filter: { application, tag_key: key } },
      }),
    tagRowSchema,
  );
  return rows[0] === undefined ? null : (rows[0].value ?? '');
}

function tagMoved(slug: string, { key, value, expected }: TagChange, found: string | null): OsrelError {
  const show = (text: string | null) => (text === null ? 'absent' : `"${text}"`);
  return conflict(
    'application.tag-moved',
    `tag "${key}" of ${slug} is ${show(found)}, expected ${show(expected)} before ${value === null ? 'removing it' : `writing "${value}"`}`,
    {
      hint: 'somebody else changed it; see "osrel esr status" and plan again',
      details: { slug, key, found, expected },
    },
  );
}
