import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { BuildConfig, CacheStore } from '@osrel/core';
import { type Finding, missing, ok } from './finding.ts';

/** Whether builds may write to the folders that several of them share, and have the credentials of their buckets. */
export async function checkCaches(
  build: BuildConfig,
  {
    root,
    variables,
  }: { readonly root: string; readonly variables: Readonly<Record<string, string | undefined>> },
): Promise<readonly Finding[]> {
  const { downloads } = build.settings;
  const { sharedStateRoot, stateCache, sourceMirror } = build;
  const folders = [
    ...(downloads === undefined || downloads === null ? [] : [['downloads', downloads] as const]),
    ...(sharedStateRoot === null ? [] : [['shared state', sharedStateRoot] as const]),
    ...directoryOf('sstate cache', stateCache?.store),
    ...directoryOf('source mirror', sourceMirror.write),
  ];
  return [
    ...(await Promise.all(folders.map(([name, path]) => checkFolder(name, resolve(root, path))))),
    ...checkCredentials('sstate cache', stateCache?.store, variables),
    ...checkCredentials('source mirror', sourceMirror.write, variables),
  ];
}

function directoryOf(
  name: string,
  store: CacheStore | null | undefined,
): readonly (readonly [string, string])[] {
  return store?.kind === 'directory' ? [[name, store.path]] : [];
}

async function checkFolder(name: string, folder: string): Promise<Finding> {
  const there = await nearestFolder(folder);
  try {
    await access(there, constants.W_OK);
    return ok(name, there === folder ? folder : `${folder} will be made`);
  } catch {
    return missing(
      name,
      `${there} cannot be written`,
      `sudo mkdir -p ${folder} && sudo chown "$USER" ${folder}`,
    );
  }
}

async function nearestFolder(folder: string): Promise<string> {
  try {
    await access(folder);
    return folder;
  } catch {
    return dirname(folder) === folder ? folder : nearestFolder(dirname(folder)); // not there, or not to be seen
  }
}

function checkCredentials(
  name: string,
  store: CacheStore | null | undefined,
  variables: Readonly<Record<string, string | undefined>>,
): readonly Finding[] {
  if (store?.kind !== 's3') return [];
  const named = Object.values(store.credentials ?? {});
  const unset = named.filter((variable) => (variables[variable] ?? '') === '');
  const found = `bucket ${store.bucket}`;
  if (unset.length === 0)
    return [ok(name, named.length === 0 ? `${found}, the usual AWS credentials` : found)];
  return [missing(name, `${found}: ${unset.join(', ')} not set`, `export ${unset[0] ?? 'NAME'}=…`)];
}
