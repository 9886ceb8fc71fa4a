import { randomUUID } from 'node:crypto';
import { MODEL } from './balena-model.ts';
import { type BalenaWorld, newImageLocation, type Row } from './balena-world.ts';
import { semverColumns, settleRelease } from './release-rules.ts';
import { Breakdown, Clash, Refusal } from './server-refusals.ts';

const LONGEST_TEXT = 255;

type Values = Readonly<Record<string, unknown>>;

// Limits of the server (balena-automation 4.5); the texts are as recorded.
const KEY_LIMITS: Readonly<Record<string, number>> = { release_tag: 164, application_tag: 100 };

/** Makes a row. Throws `Refusal` (400), `Clash` (409) or `Breakdown` (500). */
export function insertRow(world: BalenaWorld, resource: string, values: Values): Row {
  const model = MODEL[resource];
  if (model === undefined) throw new Breakdown(resource);
  const made = new Date(world.now()).toISOString();
  const derived = derivedColumns(world, resource, values);
  const id = world.nextId(resource);
  const row: Row = {
    created_at: made,
    modified_at: made,
    ...model.columns,
    ...knownColumns(resource, values),
    ...derived,
    id,
  };
  checkReferences(world, resource, row);
  checkUnique(world, resource, row);
  checkValues(resource, row);
  checkKey(resource, row);
  const settled = resource === 'release' ? settleRelease(world, undefined, row) : row;
  world.insert(resource, settled);
  return settled;
}

/** Changes a row; the errors are those of `insertRow`. */
export function changeRow(
  world: BalenaWorld,
  resource: string,
  { row, values }: { readonly row: Row; readonly values: Values },
): Row {
  const changed = {
    ...row,
    ...knownColumns(resource, values),
    modified_at: new Date(world.now()).toISOString(),
  };
  const derived = values.semver === undefined ? changed : { ...changed, ...semverColumns(values.semver) };
  checkUnique(world, resource, derived);
  checkValues(resource, derived);
  checkKey(resource, derived);
  const settled = resource === 'release' ? settleRelease(world, row, derived) : derived;
  world.replace(resource, settled);
  return settled;
}

/** Removes a row and what hangs on it. */
export function removeRow(world: BalenaWorld, resource: string, row: Row): void {
  for (const { resource: other, column } of Object.values(MODEL[resource]?.referredBy ?? {})) {
    for (const each of world.rows(other).filter((candidate) => candidate[column] === row.id))
      removeRow(world, other, each);
  }
  world.remove(resource, row.id);
}

function derivedColumns(world: BalenaWorld, resource: string, values: Values): Values {
  if (resource === 'release') {
    return {
      ...(values.semver === undefined ? {} : semverColumns(values.semver)),
      update_timestamp: new Date(world.now()).toISOString(),
    };
  }
  if (resource === 'image') return { is_stored_at__image_location: newImageLocation(world) };
  if (resource !== 'application') return {};
  if (!/^[a-zA-Z0-9_-]+$/.test(String(values.app_name)))
    throw new Refusal('App name may only contain [a-zA-Z0-9_-].');
  const organization = world.rows('organization').find(({ id }) => id === values.organization);
  return {
    slug: `${organization?.handle}/${String(values.app_name).toLowerCase()}`,
    uuid: randomUUID().replaceAll('-', ''),
    actor: world.nextId('actor'),
  };
}

/** Columns that the server does not have are accepted and forgotten, as recorded for `is_created_by__user`. */
function knownColumns(resource: string, values: Values): Values {
  const columns = MODEL[resource]?.columns ?? {};
  return Object.fromEntries(Object.entries(values).filter(([name]) => Object.hasOwn(columns, name)));
}

function checkReferences(world: BalenaWorld, resource: string, row: Row): void {
  for (const [column, target] of Object.entries(MODEL[resource]?.references ?? {})) {
    const value = row[column];
    if (value === null || MODEL[target] === undefined) continue;
    if (!world.rows(target).some(({ id }) => id === Number(value)))
      throw new Clash(`Data is referenced by ${column}.`);
  }
}

function checkUnique(world: BalenaWorld, resource: string, row: Row): void {
  for (const columns of MODEL[resource]?.unique ?? []) {
    const twin = world
      .rows(resource)
      .find((each) => each.id !== row.id && columns.every((column) => each[column] === row[column]));
    if (twin !== undefined)
      throw new Clash(`${columns.map((name) => `"${name}"`).join(' and ')} must be unique.`);
  }
}

function checkValues(resource: string, row: Row): void {
  for (const [column, values] of Object.entries(MODEL[resource]?.allowed ?? {})) {
    const value = row[column];
    if (value !== null && !values.includes(String(value))) throw new Refusal('Check constraint violated');
  }
}

function checkKey(resource: string, row: Row): void {
  const longest = KEY_LIMITS[resource];
  if (longest === undefined) return;
  const key = String(row.tag_key ?? '');
  // What its database refuses before any rule is looked at comes without a text.
  if (key.length > LONGEST_TEXT || row.value === null) throw new Refusal();
  const kind = resource.replace('_', ' ');
  if (key === '' || key.length > longest)
    throw new Refusal(
      `It is necessary that each ${kind} has a tag key that has a Length (Type) that is greater than 0 and is less than or equal to ${longest}.`,
    );
  if (/\s/.test(key)) throw new Refusal('Tag keys may not contain whitespace.');
  if (key.startsWith('io.balena.')) throw new Refusal('Tag keys beginning with io.balena. are reserved.');
  if (String(row.value ?? '').length > 1000)
    throw new Refusal(
      `It is necessary that each ${kind} that has a value, has a value that has a Length (Type) that is less than or equal to 1000.`,
    );
}
