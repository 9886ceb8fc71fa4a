import { describe, expect, it } from 'vitest';
import type { BuildConfig } from './build-config.ts';
import { parseConfig } from './parse-config.ts';
import { buildConfigOf } from './with-build-flags.ts';

const parse = (document: unknown) => parseConfig(document, { file: 'osrel.yml' });
const buildOf = (build: unknown): BuildConfig => parse({ build }).build;
const machineOf = (build: unknown, own: unknown): BuildConfig =>
  buildConfigOf(parse({ build, machines: { m: { build: own } } }), 'm');

describe('a build section', () => {
  it('is a plain build when it says nothing', () => {
    const plain: BuildConfig = {
      frontend: 'barys',
      container: null,
      arguments: [],
      settings: {},
      secretVariables: [],
      sharedStateRoot: null,
      sourceMirror: { read: null, write: null },
      stateCache: null,
      hashEquivalence: null,
      signing: null,
      kasFile: null,
      command: null,
    };
    expect(buildOf(undefined)).toEqual(plain);
    expect(buildOf(null)).toEqual(plain);
    expect(buildOf({ variables: null, secrets: null, container: null, signing: null, kas: null })).toEqual(
      plain,
    );
    expect(buildOf({ 'source-mirror': {}, container: false, signing: false })).toEqual(plain);
  });

  it('takes its keys as settings', () => {
    expect(
      buildOf({
        directory: 'build-x',
        templates: 'layers/meta-x/conf/samples',
        'development-image': true,
        'compress-image': false,
        'rm-work': true,
        'build-history': true,
        continue: true,
        fresh: true,
        'supervisor-version': '17.0.1',
        targets: ['a', 'virtual/kernel'],
        'bitbake-args': ['-c cleanall', '-f'],
        variables: { A: 'b c', N: 4, E: '' },
        downloads: 'cache/dl',
      }).settings,
    ).toEqual({
      buildDirectory: 'build-x',
      templates: 'layers/meta-x/conf/samples',
      developmentImage: true,
      compressImage: false,
      removeWork: true,
      buildHistory: true,
      continueAfterFailure: true,
      fresh: true,
      supervisorVersion: '17.0.1',
      targets: ['a', 'virtual/kernel'],
      bitbakeArguments: ['-c', 'cleanall', '-f'],
      variables: [
        { name: 'A', value: 'b c' },
        { name: 'N', value: '4' },
        { name: 'E', value: '' },
      ],
      downloads: 'cache/dl',
    });
  });

  it('lets arguments win over keys', () => {
    const { settings, arguments: words } = buildOf({
      directory: 'one',
      variables: { A: 'key' },
      args: ['-b two', '-a', 'A=argument'],
    });
    expect(words).toEqual(['-b two', '-a', 'A=argument']);
    expect(settings.buildDirectory).toBe('two');
    expect(settings.variables).toEqual([
      { name: 'A', value: 'key' },
      { name: 'A', value: 'argument' },
    ]);
  });

  it.each([
    [true, { engine: 'auto', image: null, user: null }],
    ['docker', { engine: 'docker', image: null, user: null }],
    ['podman', { engine: 'podman', image: null, user: null }],
    [{}, { engine: 'auto', image: null, user: null }],
    [
      { engine: 'docker', image: 'ghcr.io/a/b:1@sha256:0f', user: '1000:1001' },
      { engine: 'docker', image: 'ghcr.io/a/b:1@sha256:0f', user: { uid: 1000, gid: 1001 } },
    ],
  ])('runs in a container when it says %j', (container, settled) => {
    expect(buildOf({ container }).container).toEqual(settled);
  });

  it('names secrets and never holds them', () => {
    expect(buildOf({ secrets: { SIGN_X: { env: 'CI_SIGN_X' } } }).secretVariables).toEqual([
      { name: 'SIGN_X', env: 'CI_SIGN_X' },
    ]);
  });

  it('knows caches in folders and buckets', () => {
    const build = buildOf({
      sstate: '/srv/sstate',
      'source-mirror': {
        read: 'https://mirror.example/src/',
        write: { kind: 'directory', path: '/srv/src' },
      },
      'sstate-cache': {
        kind: 's3',
        bucket: 'yocto-cache',
        prefix: 'a/b',
        region: 'eu',
        endpoint: 'http://minio:9000',
        credentials: { 'access-key-id': { env: 'ID' }, 'secret-access-key': { env: 'KEY' } },
        read: 'https://cache.example',
      },
      'hash-equivalence': 'auto',
    });
    expect(build).toMatchObject({
      sharedStateRoot: '/srv/sstate',
      sourceMirror: { read: 'https://mirror.example/src/', write: { kind: 'directory', path: '/srv/src' } },
      stateCache: {
        store: {
          kind: 's3',
          bucket: 'yocto-cache',
          prefix: 'a/b',
          region: 'eu',
          endpoint: 'http://minio:9000',
          credentials: { accessKeyId: 'ID', secretAccessKey: 'KEY' },
        },
        read: 'https://cache.example',
      },
      hashEquivalence: 'auto',
    });
    expect(buildOf({ 'sstate-cache': { kind: 's3', bucket: 'abc' } }).stateCache?.store).toEqual({
      kind: 's3',
      bucket: 'abc',
      prefix: '',
      region: null,
      endpoint: null,
      credentials: null,
    });
  });

  it('signs with the keys of the reference at its own server only', () => {
    const key = { env: 'SIGN_API_KEY' };
    expect(buildOf({ signing: { key } }).signing).toEqual({
      api: 'https://sign.balena-cloud.com',
      key,
      grubKeyId: '2EB29B4CE0132F6337897F5FB8A88D1C62FCC729',
      kernelModuleKey: null,
      habPkiId: 'b4ce3cb4cfd70a27b4e641f81a9048af',
      rsaKeyId: 'fe1b0af3afa08cc40df6000402404220',
    });
    const own = {
      api: 'https://sign.example',
      key,
      'rsa-key-id': 'mine',
      'kmod-key-append': { env: 'CERT' },
    };
    expect(buildOf({ signing: own }).signing).toEqual({
      api: 'https://sign.example',
      key,
      grubKeyId: null,
      kernelModuleKey: { env: 'CERT' },
      habPkiId: null,
      rsaKeyId: 'mine',
    });
  });

  it('brings a kas file or a program', () => {
    expect(buildOf({ frontend: 'kas', kas: { file: 'kas/rpi.yml' } })).toMatchObject({
      frontend: 'kas',
      kasFile: 'kas/rpi.yml',
    });
    expect(
      buildOf({ frontend: 'command', command: { run: ['make', 'os'], assets: 'out/{machine}' } }).command,
    ).toEqual({
      words: ['make', 'os'],
      assetRoot: 'out/{machine}',
      imagesDirectory: null,
    });
  });
});

describe('a machine', () => {
  it('is built like all when it says nothing', () => {
    const build = { args: ['-k'], signing: { key: { env: 'K' } }, container: 'docker' };
    expect(machineOf(build, undefined)).toEqual(buildOf(build));
    expect(machineOf(build, { templates: undefined, container: null, signing: null })).toEqual(
      buildOf(build),
    );
  });

  it('is built like all when osrel.yml does not name it', () => {
    const config = parse({ build: { args: ['-k'] }, machines: { m: { build: { args: ['-d'] } } } });
    expect(buildConfigOf(config, 'other')).toBe(config.build);
  });

  it('is known by its device type', () => {
    const config = parse({ machines: { m: { slug: 'm-sb', build: { continue: true } } } });
    expect(buildConfigOf(config, 'm-sb').settings).toEqual({ continueAfterFailure: true });
    expect(buildConfigOf(config, 'm').settings).toEqual({});
  });

  it('wins with single values and adds to lists', () => {
    const { settings, arguments: words } = machineOf(
      { directory: 'all', targets: ['a'], variables: { A: '1' }, args: ['-d', '-a B=2'] },
      { directory: 'own', targets: ['b'], variables: { A: '3' }, 'development-image': false },
    );
    expect(settings).toEqual({
      buildDirectory: 'own',
      developmentImage: false,
      targets: ['a', 'b'],
      variables: [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
        { name: 'A', value: '3' },
      ],
    });
    expect(words).toEqual(['-d', '-a B=2']);
  });

  it.each([
    ['docker', { image: 'x:1' }, { engine: 'docker', image: 'x:1', user: null }],
    [{ image: 'x:1' }, 'podman', { engine: 'podman', image: 'x:1', user: null }],
    [{ engine: 'docker', image: 'x:1' }, true, { engine: 'docker', image: 'x:1', user: null }],
    [false, true, { engine: 'auto', image: null, user: null }],
    ['docker', false, null],
  ])('lays its container over the general one: %j and %j', (general, own, settled) => {
    expect(machineOf({ container: general }, { container: own }).container).toEqual(settled);
  });

  it('is signed key by key, or not at all', () => {
    const general = { signing: { key: { env: 'K' }, 'rsa-key-id': 'r' } };
    expect(machineOf(general, { signing: { 'rsa-key-id': 'own' } }).signing).toMatchObject({
      key: { env: 'K' },
      rsaKeyId: 'own',
    });
    expect(machineOf(general, { signing: false }).signing).toBeNull();
    expect(machineOf({ signing: false }, { signing: { key: { env: 'O' } } }).signing?.key.env).toBe('O');
  });

  it('keeps the rest of a map it changes', () => {
    const general = {
      'source-mirror': { read: 'https://a.example', write: { kind: 'directory', path: '/x' } },
      secrets: { A: { env: 'EA' }, B: { env: 'EB' } },
      'sstate-cache': { kind: 'directory', path: '/c', read: 'https://c.example' },
    };
    const own = {
      'source-mirror': { read: 'https://b.example' },
      secrets: { B: { env: 'OWN' } },
      'sstate-cache': { kind: 'directory', path: '/d' },
    };
    expect(machineOf(general, own)).toMatchObject({
      sourceMirror: { read: 'https://b.example', write: { kind: 'directory', path: '/x' } },
      secretVariables: [
        { name: 'A', env: 'EA' },
        { name: 'B', env: 'OWN' },
      ],
      stateCache: { store: { kind: 'directory', path: '/d' }, read: null },
    });
  });

  it('that runs a program hears of folder and variables, not of what is said for bitbake', () => {
    const general = { args: ['-d'], directory: 'b2', variables: { A: '1' }, targets: ['x'] };
    const build = machineOf(general, { frontend: 'command', command: { run: ['make'] } });
    expect(build.settings).toEqual({ buildDirectory: 'b2', variables: [{ name: 'A', value: '1' }] });
    expect(build.arguments).toEqual([]);
  });

  it('may have a kas file of its own for the general front end', () => {
    expect(machineOf({ frontend: 'kas' }, { kas: { file: 'm.yml' } })).toMatchObject({
      frontend: 'kas',
      kasFile: 'm.yml',
    });
  });
});
