import type { Clock } from '@osrel/core';
import { type BalenaClient, createBalenaClient } from './balena/balena-client.ts';
import type { AccountApiOf } from './leviathan/account-api.ts';

/** The balena APIs that rigs are found with, one client an account; each asks for nothing before its first call. */
export function createAccountApis(clock: Clock): AccountApiOf {
  const clients = new Map<string, BalenaClient>();
  return ({ api, keyVariable, readKey }) => {
    const key = JSON.stringify([api, keyVariable]);
    const client =
      clients.get(key) ?? createBalenaClient({ api, readToken: readKey, tokenVariable: keyVariable, clock });
    clients.set(key, client);
    return { get: (path, signal) => client.request({ method: 'GET', path, signal }) };
  };
}
