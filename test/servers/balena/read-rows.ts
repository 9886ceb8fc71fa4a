import { MODEL, type Resource } from './balena-model.ts';
import type { Row, Tables } from './balena-world.ts';
import type { Filter, Literal } from './odata-filter.ts';
import type { Query } from './odata-query.ts';
import { Breakdown } from './server-refusals.ts';

const LARGEST_INTEGER = 2_147_483_647;

export interface Reading {
  readonly tables: Tables;
  /** Columns that this server does not have, by resource. */
  readonly without: Readonly<Record<string, readonly string[]>>;
}

/** Rows of a resource that a query asks for, in the shape the API gives them. Throws `Breakdown`. */
export function readRows(reading: Reading, resource: string, query: Query): readonly unknown[] {
  return shown(reading, resource, { rows: reading.tables.get(resource) ?? [], query });
}

/** Rows for which the condition holds, as they are stored. */
export function matchRows(reading: Reading, resource: string, filter: Filter | undefined): readonly Row[] {
  const rows = reading.tables.get(resource) ?? [];
  if (filter === undefined) return rows;
  checkNames(reading, resource, filter);
  return rows.filter((row) => holds(reading, filter, { resource, row, alias: undefined }));
}

/** One row with all its columns, references as `{ __id }`. */
export function showRow(reading: Reading, resource: string, row: Row): Record<string, unknown> {
  const { references, shownAsText } = modelOf(resource);
  const entries = Object.entries(row)
    .filter(([name]) => reading.without[resource]?.includes(name) !== true)
    .map(([name, value]) => {
      if (value === null) return [name, null];
      if (shownAsText.includes(name)) return [name, String(value)];
      return [name, Object.hasOwn(references, name) ? { __id: value } : value];
    });
  return Object.fromEntries(entries);
}

function shown(
  reading: Reading,
  resource: string,
  { rows, query }: { readonly rows: readonly Row[]; readonly query: Query },
): readonly unknown[] {
  const { filter, orderBy, top, skip } = query;
  if (filter !== undefined) checkNames(reading, resource, filter);
  for (const name of [...(query.select ?? []), ...(orderBy === undefined ? [] : [orderBy.column])]) {
    if (!hasColumn(reading, resource, name)) throw new Breakdown(`${resource}.${name}`);
  }
  const found = rows.filter(
    (row) => filter === undefined || holds(reading, filter, { resource, row, alias: undefined }),
  );
  const ordered = orderBy === undefined ? found : found.toSorted((a, b) => order(a, b, orderBy));
  return ordered
    .slice(skip, skip + (top ?? ordered.length))
    .map((row) => showWith(reading, resource, { row, query }));
}

function showWith(
  reading: Reading,
  resource: string,
  { row, query }: { readonly row: Row; readonly query: Query },
): Record<string, unknown> {
  const all = showRow(reading, resource, row);
  const picked =
    query.select === undefined
      ? all
      : Object.fromEntries(query.select.map((name) => [name, all[name] ?? null]));
  const expanded = Object.entries(query.expand).map(([name, inner]) => {
    const { resource: other, rows } = follow(reading, resource, { row, name });
    return [name, shown(reading, other, { rows, query: inner })];
  });
  return { ...picked, ...Object.fromEntries(expanded) };
}

/** The rows that a name of this row leads to. */
function follow(
  { tables }: Reading,
  resource: string,
  { row, name }: { readonly row: Row; readonly name: string },
): { readonly resource: string; readonly rows: readonly Row[] } {
  const { references, referredBy } = modelOf(resource);
  const target = references[name];
  if (target !== undefined) {
    return { resource: target, rows: (tables.get(target) ?? []).filter(({ id }) => id === row[name]) };
  }
  const back = referredBy[name];
  if (back === undefined) throw new Breakdown(`${resource}.${name}`);
  return {
    resource: back.resource,
    rows: (tables.get(back.resource) ?? []).filter((each) => each[back.column] === row.id),
  };
}

interface Place {
  readonly resource: string;
  readonly row: Row;
  readonly alias: string | undefined;
}

function holds(reading: Reading, filter: Filter, place: Place): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.parts.every((part) => holds(reading, part, place));
    case 'or':
      return filter.parts.some((part) => holds(reading, part, place));
    case 'not':
      return !holds(reading, filter.part, place);
    case 'any':
      return reached(reading, place, filter.path).some(({ resource, row }) =>
        holds(reading, filter.part, { resource, row, alias: filter.alias }),
      );
    default: {
      const path = filter.path[0] === place.alias ? filter.path.slice(1) : filter.path;
      const column = path.at(-1) ?? '';
      return reached(reading, place, path.slice(0, -1)).some(({ row }) =>
        filter.values.some((value) => compare(row[column] as Literal, filter.operator, value)),
      );
    }
  }
}

function reached(reading: Reading, place: Place, path: readonly string[]): readonly Place[] {
  const names = path[0] === place.alias ? path.slice(1) : path;
  return names.reduce<readonly Place[]>(
    (places, name) =>
      places.flatMap(({ resource, row }) => {
        const next = follow(reading, resource, { row, name });
        return next.rows.map((each) => ({ resource: next.resource, row: each, alias: undefined }));
      }),
    [place],
  );
}

function compare(found: Literal | undefined, operator: string, wanted: Literal): boolean {
  const value = found ?? null;
  if (operator === 'eq') return value === wanted;
  if (operator === 'ne') return value !== wanted;
  if (value === null || wanted === null) return false;
  if (operator === 'gt') return value > wanted;
  if (operator === 'lt') return value < wanted;
  if (operator === 'ge') return value >= wanted;
  if (operator === 'le') return value <= wanted;
  throw new Breakdown(operator);
}

/** A server compiles a query before it looks at rows: names are wrong even when no row is there. */
function checkNames(reading: Reading, resource: string, filter: Filter, alias?: string): void {
  if ('parts' in filter) {
    for (const part of filter.parts) checkNames(reading, resource, part, alias);
    return;
  }
  if (filter.kind === 'not') {
    checkNames(reading, resource, filter.part, alias);
    return;
  }
  // Numbers are bound as integers of 32 bits.
  if (filter.kind === 'compare' && filter.values.some(isTooLarge))
    throw new Breakdown('integer out of range');
  const path = filter.path[0] === alias ? filter.path.slice(1) : filter.path;
  const steps = filter.kind === 'any' ? path : path.slice(0, -1);
  const end = steps.reduce(targetOf, resource);
  if (filter.kind === 'any') checkNames(reading, end, filter.part, filter.alias);
  else if (!hasColumn(reading, end, path.at(-1) ?? '')) throw new Breakdown(`${end}.${path.at(-1)}`);
}

function isTooLarge(value: Literal): boolean {
  return typeof value === 'number' && Math.abs(value) > LARGEST_INTEGER;
}

function targetOf(resource: string, name: string): string {
  const { references, referredBy } = modelOf(resource);
  const target = references[name] ?? referredBy[name]?.resource;
  if (target === undefined) throw new Breakdown(`${resource}.${name}`);
  return target;
}

function hasColumn({ without }: Reading, resource: string, name: string): boolean {
  if (without[resource]?.includes(name) === true) return false;
  return ['id', 'created_at', 'modified_at'].includes(name) || Object.hasOwn(modelOf(resource).columns, name);
}

function modelOf(resource: string): Resource {
  const model = MODEL[resource];
  if (model === undefined) throw new Breakdown(resource);
  return model;
}

function order(a: Row, b: Row, by: { readonly column: string; readonly descending: boolean }): number {
  const [left, right] = [a[by.column] as string | number, b[by.column] as string | number];
  const sign = by.descending ? -1 : 1;
  if (left === right) return sign * (a.id - b.id);
  return left < right ? -sign : sign;
}
