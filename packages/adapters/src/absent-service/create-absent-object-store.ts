import { badConfig, type ObjectStore, type OsrelError } from '@osrel/core';

/** The store of an environment that names none: nothing is there, and nothing can be put there. */
export function createAbsentObjectStore(environment: string): ObjectStore {
  const refuse = (): never => {
    throw storeMissing(environment);
  };
  return {
    list: async () => [],
    listFolders: async () => [],
    find: async () => undefined,
    readText: async () => undefined,
    readDigest: async () => undefined,
    fetchFile: async () => refuse(),
    putFile: async () => refuse(),
    putText: async () => refuse(),
    remove: async () => {},
  };
}

function storeMissing(environment: string): OsrelError {
  return badConfig('store.missing', `environment "${environment}" names no object store`, {
    hint: `name its bucket in osrel.yml: environments.${environment}.store: {bucket: NAME}`,
  });
}
