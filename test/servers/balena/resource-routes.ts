import { type ApiAnswer, type ApiRequest, jsonOf, type Route } from './api-route.ts';
import { MODEL, RESOURCE_ALIASES } from './balena-model.ts';
import type { BalenaWorld, Row } from './balena-world.ts';
import { type Filter, parseFilter } from './odata-filter.ts';
import { parseQuery, type Query } from './odata-query.ts';
import { matchRows, type Reading, readRows, showRow } from './read-rows.ts';
import { Breakdown, Clash, MalformedQuery, Refusal } from './server-refusals.ts';
import { changeRow, insertRow, removeRow } from './write-rows.ts';

const ADDRESS = /^\/v[67]\/([a-z_]+)(?:\((.+)\))?$/s;

/** Reading and writing rows of `/v6` and `/v7` as OData. */
export function resourceRoutes(world: BalenaWorld): Route {
  return async (request) => {
    const match = ADDRESS.exec(request.path);
    if (match?.[1] === undefined) return undefined;
    const [, name, key] = match;
    const resource = RESOURCE_ALIASES[name] ?? name;
    try {
      return answer(world, request, { resource, key });
    } catch (error) {
      return answerOf(error, request);
    }
  };
}

function answerOf(error: unknown, { url }: ApiRequest): ApiAnswer {
  if (error instanceof Refusal)
    return { status: 400, ...(error.message === '' ? {} : { body: error.message }) };
  if (error instanceof MalformedQuery)
    return { status: 400, body: `Malformed url: '${url.pathname}${url.search}'` };
  if (error instanceof Clash) return { status: 409, body: error.message };
  if (error instanceof Breakdown) return { status: 500 };
  throw error;
}

interface Address {
  readonly resource: string;
  readonly key: string | undefined;
}

function answer(world: BalenaWorld, request: ApiRequest, address: Address): ApiAnswer {
  const { resource } = address;
  // Nobody has rights to what is not there.
  if (MODEL[resource] === undefined) return { status: 401 };
  if (request.method === 'GET') {
    const reading = readingOf(world, world.view());
    return { status: 200, body: { d: readRows(reading, resource, queryOf(request, address)) } };
  }
  if (request.account?.grants !== 'write') return { status: 401 };
  if (request.method === 'POST') {
    const row = insertRow(world, resource, jsonOf(request));
    return {
      status: 201,
      headers: { location: `${request.path}(@id)?@id=${row.id}` },
      body: showRow(readingOf(world, world.view()), resource, row),
    };
  }
  const rows = matchRows(
    readingOf(world, new Map(Object.keys(MODEL).map((name) => [name, world.rows(name)]))),
    resource,
    queryOf(request, address).filter,
  );
  return write(world, request, { resource, rows });
}

function write(
  world: BalenaWorld,
  request: ApiRequest,
  { resource, rows }: { readonly resource: string; readonly rows: readonly Row[] },
): ApiAnswer {
  if (request.method === 'PATCH') {
    const values = jsonOf(request);
    for (const row of rows) changeRow(world, resource, { row, values });
    return { status: 200 };
  }
  if (request.method !== 'DELETE') return { status: 405 };
  for (const row of rows) removeRow(world, resource, row);
  return { status: 200 };
}

function readingOf(world: BalenaWorld, tables: Reading['tables']): Reading {
  return { tables, without: world.knowsPrivacy ? {} : { device_type: ['is_private'] } };
}

/** `release(8)` and `release_asset(release=3,asset_key='x')` are filters too. */
function queryOf({ url }: ApiRequest, { key }: Address): Query {
  const query = parseQuery(url.search);
  if (key === undefined) return query;
  const byKey = parseFilter(
    /^[0-9]+$/.test(key)
      ? `id eq ${key}`
      : key.replace(/(^|,)([a-z_]+)=/g, (_, comma, name) => `${comma === '' ? '' : ' and '}${name} eq `),
  );
  const parts: readonly Filter[] = query.filter === undefined ? [byKey] : [byKey, query.filter];
  return { ...query, filter: { kind: 'and', parts } };
}
