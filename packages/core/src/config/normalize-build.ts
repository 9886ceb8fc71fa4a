import type { CacheStore } from '../model/build-settings.ts';
import { type BuildSettingsChange, mergeSettingsChanges } from '../model/build-settings-change.ts';
import { readFrontEndArguments } from '../model/front-end-arguments.ts';
import type { BuildConfig, SecretSource, SigningConfig } from './build-config.ts';
import { DEFAULT_SIGNING, DEFAULTS } from './default-config.ts';
import { containerKeysOf, mergeBuild } from './merge-build.ts';
import type { WrittenBuild } from './written-build.ts';
import type { WrittenCacheStore } from './written-caches.ts';

/** The build section with every default filled in; its problems have been told by `checkBuildRules`. */
export function normalizeBuild(written: WrittenBuild): BuildConfig {
  return fill(written, settingsOf(written), written.args ?? []);
}

/** How one machine is built: its own section over the general one. */
export function normalizeMachineBuild(general: WrittenBuild, own: WrittenBuild): BuildConfig {
  const whole = mergeBuild(general, own);
  const said = whole.frontend === 'command' ? forCommand(general) : general;
  return fill(whole, mergeSettingsChanges(settingsOf(said), settingsOf(own)), [
    ...(said.args ?? []),
    ...(own.args ?? []),
  ]);
}

// A program of its own hears of the folder and of variables; the rest is said for bitbake.
function forCommand({ directory, fresh, variables }: WrittenBuild): WrittenBuild {
  return {
    ...(directory === undefined ? {} : { directory }),
    ...(fresh === undefined ? {} : { fresh }),
    ...(variables === undefined ? {} : { variables }),
  };
}

/** What a section asks for: its keys, then its arguments over them. */
function settingsOf(written: WrittenBuild): BuildSettingsChange {
  return mergeSettingsChanges(keysOf(written), readFrontEndArguments(written.args ?? []).change);
}

function keysOf(written: WrittenBuild): BuildSettingsChange {
  const { targets, variables, downloads, templates, directory, fresh } = written;
  const bitbakeArguments = written['bitbake-args'];
  return {
    ...(directory === undefined ? {} : { buildDirectory: directory }),
    ...(templates === undefined ? {} : { templates }),
    ...(fresh === undefined ? {} : { fresh }),
    ...(written.continue === undefined ? {} : { continueAfterFailure: written.continue }),
    ...flag('developmentImage', written['development-image']),
    ...flag('compressImage', written['compress-image']),
    ...flag('removeWork', written['rm-work']),
    ...flag('buildHistory', written['build-history']),
    ...(written['supervisor-version'] === undefined
      ? {}
      : { supervisorVersion: written['supervisor-version'] }),
    ...(downloads === undefined ? {} : { downloads }),
    ...(targets === undefined ? {} : { targets }),
    ...(bitbakeArguments === undefined
      ? {}
      : {
          bitbakeArguments: bitbakeArguments.flatMap(
            (words) => readFrontEndArguments(['--bitbake-args', words]).change.bitbakeArguments ?? [],
          ),
        }),
    ...(variables === undefined || variables === null
      ? {}
      : { variables: Object.entries(variables).map(([name, value]) => ({ name, value: String(value) })) }),
  };
}

function flag<Key extends 'developmentImage' | 'compressImage' | 'removeWork' | 'buildHistory'>(
  key: Key,
  value: boolean | undefined,
): Pick<BuildSettingsChange, Key> | Record<never, never> {
  return value === undefined ? {} : { [key]: value };
}

function fill(written: WrittenBuild, settings: BuildSettingsChange, words: readonly string[]): BuildConfig {
  const cache = written['sstate-cache'] ?? undefined;
  const store = storeOf(cache);
  return {
    frontend: written.frontend ?? DEFAULTS.frontend,
    container: containerOf(written),
    arguments: words,
    settings,
    secretVariables: Object.entries(written.secrets ?? {}).map(([name, { env }]) => ({ name, env })),
    sharedStateRoot: written.sstate ?? null,
    sourceMirror: {
      read: written['source-mirror']?.read ?? null,
      write: storeOf(written['source-mirror']?.write),
    },
    stateCache: store === null ? null : { store, read: cache?.read ?? null },
    hashEquivalence: written['hash-equivalence'] ?? null,
    signing: signingOf(written),
    kasFile: written.kas?.file ?? null,
    command: commandOf(written),
  };
}

function containerOf(written: WrittenBuild): BuildConfig['container'] {
  const keys = containerKeysOf(written.container);
  if (keys === undefined) return null;
  const [uid, gid] = keys.user?.split(':').map(Number) ?? [];
  return {
    engine: keys.engine ?? 'auto',
    image: keys.image ?? null,
    user: uid === undefined || gid === undefined ? null : { uid, gid },
  };
}

function commandOf({ command }: WrittenBuild): BuildConfig['command'] {
  if (command?.run === undefined) return null;
  return {
    words: command.run,
    assetRoot: command.assets ?? null,
    imagesDirectory: command.images ?? null,
  };
}

// The ids of the reference are keys of its own server: another server has others (balena-workflow 1.4).
function signingOf({ signing }: WrittenBuild): SigningConfig | null {
  if (signing === undefined || signing === null || signing === false || signing.key === undefined)
    return null;
  const api = signing.api ?? DEFAULT_SIGNING.api;
  const ids = api === DEFAULT_SIGNING.api ? DEFAULT_SIGNING : undefined;
  return {
    api,
    key: signing.key,
    grubKeyId: signing['grub-key-id'] ?? ids?.grubKeyId ?? null,
    kernelModuleKey: signing['kmod-key-append'] ?? null,
    habPkiId: signing['hab-pki-id'] ?? ids?.habPkiId ?? null,
    rsaKeyId: signing['rsa-key-id'] ?? ids?.rsaKeyId ?? null,
  };
}

function storeOf(written: WrittenCacheStore | null | undefined): CacheStore | null {
  if (written?.kind === 'directory' && written.path !== undefined)
    return { kind: 'directory', path: written.path };
  if (written?.kind !== 's3' || written.bucket === undefined) return null;
  const id = written.credentials?.['access-key-id'];
  const secret = written.credentials?.['secret-access-key'];
  return {
    kind: 's3',
    bucket: written.bucket,
    prefix: written.prefix ?? '',
    region: written.region ?? null,
    endpoint: written.endpoint ?? null,
    credentials: credentialsOf(id, secret),
  };
}

function credentialsOf(id: SecretSource | undefined, secret: SecretSource | undefined) {
  return id === undefined || secret === undefined
    ? null
    : { accessKeyId: id.env, secretAccessKey: secret.env };
}
