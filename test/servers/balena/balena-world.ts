import { randomUUID } from 'node:crypto';

/** One row: `id`, `created_at`, `modified_at` and the columns of its resource; references hold plain ids. */
export type Row = Record<string, unknown> & { readonly id: number };
export type Tables = ReadonlyMap<string, readonly Row[]>;

export interface Account {
  readonly id: number;
  readonly username: string;
  /** `none`: the key is known but expired. */
  readonly grants: 'write' | 'read' | 'none';
}

/** Everything the server knows. Rows are replaced, never changed, so a view of them stays as it was. */
export interface BalenaWorld {
  /** Milliseconds since 1970; each call a little later than the one before. */
  readonly now: () => number;
  readonly accounts: Map<string, Account>;
  /** Host of the registry, as image locations begin: `registry2.example.test`. */
  readonly registryHost: string;
  /** Whether device types have the column `is_private`, as the cloud has and the open server has not. */
  readonly knowsPrivacy: boolean;
  /** Domain below which devices have public addresses. */
  readonly deviceUrlsBase: string;
  readonly makeRegistryToken: WorldOptions['makeRegistryToken'];
  rows(resource: string): readonly Row[];
  /** What a read sees: the rows as they are, or, while the replica lags, as they were before the last write. */
  view(): Tables;
  /** Uses up an id, as a database does even for a row that it then refuses. */
  nextId(resource: string): number;
  insert(resource: string, row: Row): void;
  replace(resource: string, row: Row): void;
  remove(resource: string, id: number): void;
  /** From the next write on, this many reads still see what was there before it. */
  lag(reads: number): void;
}

export interface WorldOptions {
  readonly registryHost?: string;
  readonly knowsPrivacy?: boolean;
  readonly deviceUrlsBase?: string;
  /** Makes the token of a registry double for the scopes that were granted; absent: a JWT that tells them. */
  readonly makeRegistryToken?: ((scopes: readonly string[]) => string) | undefined;
}

/** An empty world. */
export function createBalenaWorld({
  registryHost = 'registry2.example.test',
  knowsPrivacy = false,
  deviceUrlsBase = 'devices.example.test',
  makeRegistryToken,
}: WorldOptions = {}): BalenaWorld {
  const tables = new Map<string, readonly Row[]>();
  const ids = new Map<string, number>();
  let latest = 0;
  let lagging = { reads: 0, left: 0, before: new Map<string, readonly Row[]>() };
  const change = (resource: string, edit: (rows: readonly Row[]) => readonly Row[]) => {
    lagging = { ...lagging, left: lagging.reads, before: new Map(tables) };
    tables.set(resource, edit(tables.get(resource) ?? []));
  };
  return {
    now: () => {
      latest = Math.max(latest + 1, Date.now());
      return latest;
    },
    accounts: new Map(),
    registryHost,
    knowsPrivacy,
    deviceUrlsBase,
    makeRegistryToken,
    rows: (resource) => tables.get(resource) ?? [],
    view: () => {
      if (lagging.left === 0) return tables;
      lagging.left -= 1;
      return lagging.before;
    },
    nextId: (resource) => {
      const id = (ids.get(resource) ?? 0) + 1;
      ids.set(resource, id);
      return id;
    },
    insert: (resource, row) => change(resource, (rows) => [...rows, row]),
    replace: (resource, row) =>
      change(resource, (rows) => rows.map((each) => (each.id === row.id ? row : each))),
    remove: (resource, id) => change(resource, (rows) => rows.filter((each) => each.id !== id)),
    lag: (reads) => {
      lagging = { ...lagging, reads };
    },
  };
}

/** A new location for an image: `<registry host>/v2/<32 hex>`. */
export function newImageLocation({ registryHost }: BalenaWorld): string {
  return `${registryHost}/v2/${randomUUID().replaceAll('-', '')}`;
}
