import { type CacheStore, PLAIN_BUILD } from '../model/build-settings.ts';
import type { BuildSettingsChange } from '../model/build-settings-change.ts';
import { readFrontEndArguments } from '../model/front-end-arguments.ts';
import { canonicalJsonText } from '../model/json.ts';
import type { Json } from '../model/json-value.ts';
import type { BuildConfig } from './build-config.ts';
import type { MachineConfig } from './config.ts';
import { type KeyPath, type Setting, setting } from './setting.ts';

interface Row {
  readonly key: KeyPath;
  readonly value: Json;
  /** The setting that an argument may have decided instead of the key. */
  readonly argument?: keyof BuildSettingsChange;
}

/** The keys of `build` with their values. */
export function buildSettings(build: BuildConfig): readonly Setting[] {
  return place(listRows(build), ['build'], build.arguments);
}

/** The keys of a machine's own section: its arguments, and whatever differs from `build`. */
export function machineBuildSettings(
  { machine, build, buildArguments }: Pick<MachineConfig, 'machine' | 'build' | 'buildArguments'>,
  general: BuildConfig,
): readonly Setting[] {
  const path = ['machines', machine, 'build'];
  const known = new Set(listRows(general).map(textOf));
  const own = listRows(build).filter((row) => row.key[0] !== 'args' && !known.has(textOf(row)));
  return [setting([...path, 'args'], buildArguments), ...place(own, path, buildArguments)];
}

function place(rows: readonly Row[], path: KeyPath, words: readonly string[]): readonly Setting[] {
  const { change } = readFrontEndArguments(words);
  return rows.map(({ key, value, argument }) => {
    const own = [...path, ...key];
    const isArgument = argument !== undefined && change[argument] !== undefined;
    return isArgument ? { path: own, value, decidedBy: [[...path, 'args'], own] } : setting(own, value);
  });
}

function textOf({ key, value }: Row): string {
  return canonicalJsonText([[...key], value]);
}

function listRows(build: BuildConfig): readonly Row[] {
  const { settings } = build;
  return [
    { key: ['frontend'], value: build.frontend },
    { key: ['container'], value: containerJson(build) },
    { key: ['args'], value: build.arguments },
    {
      key: ['directory'],
      value: settings.buildDirectory ?? PLAIN_BUILD.buildDirectory,
      argument: 'buildDirectory',
    },
    { key: ['templates'], value: settings.templates ?? null, argument: 'templates' },
    ...listChoices(build),
    { key: ['supervisor-version'], value: settings.supervisorVersion ?? null, argument: 'supervisorVersion' },
    { key: ['targets'], value: settings.targets ?? [], argument: 'targets' },
    { key: ['bitbake-args'], value: settings.bitbakeArguments ?? [], argument: 'bitbakeArguments' },
    {
      key: ['variables'],
      value: Object.fromEntries((settings.variables ?? []).map(({ name, value }) => [name, value])),
      argument: 'variables',
    },
    {
      key: ['secrets'],
      value: Object.fromEntries(build.secretVariables.map(({ name, env }) => [name, { env }])),
    },
    ...listCaches(build),
    ...listSigning(build),
    { key: ['kas', 'file'], value: build.kasFile },
    { key: ['command', 'run'], value: build.command === null ? null : build.command.words },
    { key: ['command', 'assets'], value: build.command?.assetRoot ?? null },
    { key: ['command', 'images'], value: build.command?.imagesDirectory ?? null },
  ];
}

function listChoices({ settings, container }: BuildConfig): readonly Row[] {
  return [
    { key: ['development-image'], value: settings.developmentImage ?? false, argument: 'developmentImage' },
    { key: ['compress-image'], value: settings.compressImage ?? false, argument: 'compressImage' },
    { key: ['rm-work'], value: settings.removeWork ?? container !== null, argument: 'removeWork' },
    { key: ['build-history'], value: settings.buildHistory ?? false, argument: 'buildHistory' },
    { key: ['continue'], value: settings.continueAfterFailure ?? false, argument: 'continueAfterFailure' },
    { key: ['fresh'], value: settings.fresh ?? false, argument: 'fresh' },
  ];
}

function listCaches(build: BuildConfig): readonly Row[] {
  const { settings, sharedStateRoot, sourceMirror, stateCache, hashEquivalence } = build;
  return [
    { key: ['downloads'], value: settings.downloads ?? null, argument: 'downloads' },
    { key: ['sstate'], value: settings.sharedState ?? sharedStateRoot, argument: 'sharedState' },
    { key: ['source-mirror', 'read'], value: sourceMirror.read },
    ...listStore(['source-mirror', 'write'], sourceMirror.write),
    ...listStore(['sstate-cache'], stateCache?.store ?? null),
    ...(stateCache === null ? [] : [{ key: ['sstate-cache', 'read'], value: stateCache.read }]),
    { key: ['hash-equivalence'], value: hashEquivalence },
  ];
}

function listStore(key: KeyPath, store: CacheStore | null): readonly Row[] {
  if (store === null) return [{ key, value: null }];
  if (store.kind === 'directory')
    return [
      { key: [...key, 'kind'], value: store.kind },
      { key: [...key, 'path'], value: store.path },
    ];
  const { kind, bucket, prefix, region, endpoint, credentials } = store;
  const secrets = [...key, 'credentials'];
  return [
    { key: [...key, 'kind'], value: kind },
    { key: [...key, 'bucket'], value: bucket },
    { key: [...key, 'prefix'], value: prefix },
    { key: [...key, 'region'], value: region },
    { key: [...key, 'endpoint'], value: endpoint },
    ...(credentials === null
      ? []
      : [
          { key: [...secrets, 'access-key-id', 'env'], value: credentials.accessKeyId },
          { key: [...secrets, 'secret-access-key', 'env'], value: credentials.secretAccessKey },
        ]),
  ];
}

function containerJson({ container }: BuildConfig): Json {
  if (container === null) return false;
  const { engine, image, user } = container;
  if (image === null && user === null) return engine;
  return { engine, image, user: user === null ? null : `${user.uid}:${user.gid}` };
}

function listSigning({ signing }: BuildConfig): readonly Row[] {
  if (signing === null) return [{ key: ['signing'], value: false }];
  const { api, key, grubKeyId, kernelModuleKey, habPkiId, rsaKeyId } = signing;
  return [
    { key: ['signing', 'api'], value: api },
    { key: ['signing', 'key', 'env'], value: key.env },
    { key: ['signing', 'grub-key-id'], value: grubKeyId },
    ...(kernelModuleKey === null
      ? []
      : [{ key: ['signing', 'kmod-key-append', 'env'], value: kernelModuleKey.env }]),
    { key: ['signing', 'hab-pki-id'], value: habPkiId },
    { key: ['signing', 'rsa-key-id'], value: rsaKeyId },
  ];
}
