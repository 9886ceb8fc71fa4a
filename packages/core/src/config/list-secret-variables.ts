import type { CacheStore } from '../model/build-settings.ts';
import { RECEIPT_KEY_VARIABLE } from '../model/receipt-keys.ts';
import type { BuildConfig } from './build-config.ts';
import type { Config } from './config.ts';

/** Names of all environment variables that secrets are taken from, each once, sorted. */
export function listSecretVariables(
  config: Pick<Config, 'build' | 'machines' | 'environments'>,
): readonly string[] {
  const names = [
    // Its name does not sound like a secret, and it is read without a word in osrel.yml.
    RECEIPT_KEY_VARIABLE,
    ...Object.values(config.environments).flatMap(({ secrets }) =>
      Object.values(secrets).map(({ env }) => env),
    ),
    ...[config.build, ...config.machines.map(({ build }) => build)].flatMap(secretsOfBuild),
  ];
  return [...new Set(names)].sort();
}

function secretsOfBuild({
  secretVariables,
  signing,
  sourceMirror,
  stateCache,
}: BuildConfig): readonly string[] {
  return [
    ...secretVariables.map(({ env }) => env),
    ...(signing === null ? [] : [signing.key.env]),
    ...(signing?.kernelModuleKey == null ? [] : [signing.kernelModuleKey.env]),
    ...secretsOfStore(sourceMirror.write),
    ...secretsOfStore(stateCache?.store ?? null),
  ];
}

function secretsOfStore(store: CacheStore | null): readonly string[] {
  if (store === null || store.kind === 'directory' || store.credentials === null) return [];
  return [store.credentials.accessKeyId, store.credentials.secretAccessKey];
}
