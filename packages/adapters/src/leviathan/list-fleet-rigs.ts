import { type Rig, upstreamFailed } from '@osrel/core';
import { z } from 'zod';
import type { AccountApi } from './account-api.ts';

/** A device of a fleet that carries the tag. */
export interface FleetRig {
  readonly rig: Rig;
  /** Its public address. */
  readonly url: string;
  readonly isOnline: boolean;
  /** Whether its public address is switched on. */
  readonly isWebAccessible: boolean;
}

export interface FleetSearch {
  /** Slugs: `balena/testbot-rig`. */
  readonly fleets: readonly string[];
  /** Value that the tag `DUT` must have. */
  readonly tag: string;
  /** `testbot` or `qemu`. */
  readonly kind: string;
  readonly signal: AbortSignal;
}

export interface FleetRigs {
  /** In order of the fleets, then of device ids. */
  readonly rigs: readonly FleetRig[];
  /** Fleets that do not exist, or that this key is not shown. */
  readonly missing: readonly string[];
}

/** A public address from a device's uuid and `deviceUrlsBase` of the API's /config. */
export type RigAddress = (uuid: string, deviceUrlsBase: string) => string;

export const publicAddress: RigAddress = (uuid, base) => `https://${uuid}.${base}`;

const PAGE_ROWS = 200;
/** A server that pays no heed to $skip would answer for ever. */
const MOST_PAGES = 100;

const rowsSchema = z.looseObject({ d: z.array(z.unknown()) });
const fleetSchema = z.looseObject({ id: z.number().int(), slug: z.string() });
const deviceSchema = z.looseObject({
  id: z.number().int(),
  uuid: z.string().regex(/^[0-9a-f]{7,64}$/),
  device_name: z.string().nullish(),
  is_online: z.boolean(),
  is_web_accessible: z.boolean(),
  belongs_to__application: z.looseObject({ __id: z.number().int() }).nullable(),
});
const configSchema = z.looseObject({ deviceUrlsBase: z.string().min(1) });

/**
 * The rigs of some fleets whose tag `DUT` says that they test a device type (leviathan 3.4, calls 3 to 6). Throws what the
 * API throws, and upstream `lab.fleet-answer` for an answer of another shape.
 */
export async function listFleetRigs(
  api: AccountApi,
  search: FleetSearch,
  address: RigAddress = publicAddress,
): Promise<FleetRigs> {
  const wanted = [...new Set(search.fleets.map((slug) => slug.toLowerCase()))];
  if (wanted.length === 0) return { rigs: [], missing: [] };
  const found = await readRows(api, fleetsPath(wanted), { schema: fleetSchema, signal: search.signal });
  const fleets = wanted.flatMap((slug) => found.filter((row) => row.slug.toLowerCase() === slug));
  const missing = search.fleets.filter(
    (slug) => !fleets.some((row) => row.slug.toLowerCase() === slug.toLowerCase()),
  );
  const devices = await listDevices(
    api,
    fleets.map(({ id }) => id),
    search,
  );
  if (devices.length === 0) return { rigs: [], missing };
  const base = await readUrlsBase(api, search.signal);
  const rigs = devices.map((device) => ({
    rig: { id: device.uuid, kind: search.kind, name: device.device_name ?? null },
    url: address(device.uuid, base),
    isOnline: device.is_online,
    isWebAccessible: device.is_web_accessible,
  }));
  return { rigs, missing };
}

type Device = z.infer<typeof deviceSchema>;

async function listDevices(
  api: AccountApi,
  fleets: readonly number[],
  { tag, signal }: FleetSearch,
): Promise<readonly Device[]> {
  if (fleets.length === 0) return [];
  const devices = new Map<number, Device>();
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const path = devicesPath({ fleets, tag, skip: page * PAGE_ROWS });
    const rows = await readRows(api, path, { schema: deviceSchema, signal });
    const before = devices.size;
    for (const row of rows) devices.set(row.id, row);
    if (rows.length < PAGE_ROWS || devices.size === before) break;
  }
  const place = ({ belongs_to__application: fleet }: Device) => fleets.indexOf(fleet?.__id ?? -1);
  return [...devices.values()].sort((a, b) => place(a) - place(b) || a.id - b.id);
}

function fleetsPath(slugs: readonly string[]): string {
  const filter = slugs.map((slug) => `(slug eq ${quote(slug)})`).join(' or ');
  return `/v7/application?$select=id,slug&$filter=${encode(filter)}`;
}

function devicesPath({
  fleets,
  tag,
  skip,
}: {
  readonly fleets: readonly number[];
  readonly tag: string;
  readonly skip: number;
}): string {
  const inFleets = fleets.map((id) => `(belongs_to__application eq ${id})`).join(' or ');
  const isTagged = `device_tag/any(t:(t/tag_key eq 'DUT') and (t/value eq ${quote(tag)}))`;
  const options = [
    '$select=id,uuid,device_name,is_online,is_web_accessible,belongs_to__application',
    `$filter=${encode(`(${inFleets}) and ${isTagged}`)}`,
    '$orderby=id asc',
    `$top=${PAGE_ROWS}`,
    `$skip=${skip}`,
  ];
  return `/v7/device?${options.join('&').replaceAll(' ', '%20')}`;
}

/** Text of a filter: a quote in it is doubled. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The server wants its parentheses, commas and colons as they are; values may hold what an address gives a meaning. */
function encode(filter: string): string {
  return filter.replace(/'(?:[^']|'')*'| /g, (part) => encodeURIComponent(part));
}

async function readRows<Row>(
  api: AccountApi,
  path: string,
  { schema, signal }: { readonly schema: z.ZodType<Row>; readonly signal: AbortSignal },
): Promise<readonly Row[]> {
  const what = path.split('?')[0] ?? path;
  const { d } = parse(rowsSchema, await api.get(path, signal), what);
  return parse(z.array(schema), d, what);
}

async function readUrlsBase(api: AccountApi, signal: AbortSignal): Promise<string> {
  return parse(configSchema, await api.get('/config', signal), '/config').deviceUrlsBase;
}

function parse<Value>(schema: z.ZodType<Value>, value: unknown, what: string): Value {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0] ?? { path: [], message: '' };
  throw upstreamFailed(
    'lab.fleet-answer',
    `${what} of the balena API answered other data than expected: ${path.join('.')} ${message}`,
    { hint: 'the server may be of another version than this osrel knows; look for a newer osrel' },
  );
}
