import { describe, expect, it } from 'vitest';
import { type BuildSettings, PLAIN_BUILD } from '../../model/build-settings.ts';
import { type BuilderQuestion, builderDigest } from './builder-digest.ts';

const ENTRY = {
  service: 'hostapp',
  imageOutput: 'balena-image-board.docker',
  buildArguments: [],
  assets: [{ pattern: 'licenses/**', required: false }],
  imageClass: 'hostapp',
};
const CONTAINER = {
  engine: 'docker',
  image: null,
  user: null,
  apiEnvironment: 'balena-cloud.com',
} as const;

function digestOf(settings: Partial<BuildSettings> = {}, change: Partial<BuilderQuestion> = {}): string {
  return builderDigest({
    deviceType: { slug: 'board', machine: 'board', fileBaseName: 'board', image: 'balena-image' },
    services: [{ entry: ENTRY, settings: { ...PLAIN_BUILD, ...settings } }],
    contents: { registryImages: [] },
    ...change,
  });
}

const services = (...entries: readonly Partial<typeof ENTRY>[]) => ({
  services: entries.map((entry) => ({ entry: { ...ENTRY, ...entry }, settings: PLAIN_BUILD })),
});

describe('the digest of a builder', () => {
  it('is 64 hex digits, the same for the same builder', () => {
    expect(digestOf()).toMatch(/^[0-9a-f]{64}$/);
    expect(digestOf()).toBe(digestOf());
  });

  it.each<[string, Partial<BuildSettings>]>([
    ['the front end', { frontEnd: 'bitbake' }],
    ['a container', { container: CONTAINER }],
    ['the targets', { targets: ['balena-image-flasher'] }],
    ['arguments of bitbake', { bitbakeArguments: ['-DD'] }],
    ['a development image', { developmentImage: true }],
    ['a compressed image', { compressImage: true }],
    ['the supervisor', { supervisorVersion: '16.0.0' }],
    ['a variable', { variables: [{ name: 'OS_DEVELOPMENT', value: '1' }] }],
    ['where signatures come from', { variables: [{ name: 'SIGN_API', value: 'https://sign.example.org' }] }],
    ['a secret variable', { secretVariables: [{ name: 'SIGN_API_KEY', env: 'SIGN_KEY' }] }],
    ['the template folder', { templates: 'layers/meta-board/conf/samples' }],
    ['the kas file', { kasFile: 'kas.yml' }],
    ['the command', { command: { words: ['./build.sh'], assetRoot: 'out', imagesDirectory: 'out' } }],
  ])('changes with %s', (_, settings) => {
    expect(digestOf(settings)).not.toBe(digestOf());
  });

  it.each<[string, Partial<BuildSettings>]>([
    ['the build folder', { buildDirectory: 'elsewhere' }],
    ['a fresh folder', { fresh: true }],
    ['going on after a failure', { continueAfterFailure: true }],
    ['removing work', { removeWork: true }],
    ['the build history', { buildHistory: true }],
    ['the downloads', { downloads: '/shared/downloads' }],
    ['shared state', { sharedState: '/shared/sstate' }],
    ['a mirror', { sourceMirror: { read: 'https://mirror.example.org', write: null } }],
    [
      'a cache of shared state',
      {
        stateCache: {
          store: { kind: 'directory', path: 'cache' },
          key: 'board',
          read: null,
          save: true,
        },
      },
    ],
    ['hash equivalence', { hashEquivalence: 'auto' }],
    ['how many run at once', { variables: [{ name: 'BB_NUMBER_THREADS', value: '4' }] }],
  ])('does not change with %s', (_, settings) => {
    expect(digestOf(settings)).toBe(digestOf());
  });

  it('tells containers apart by image and backend, not by engine or user', () => {
    const inContainer = digestOf({ container: CONTAINER });
    const change = (container: Partial<NonNullable<BuildSettings['container']>>) =>
      digestOf({ container: { ...CONTAINER, ...container } });
    expect(change({ engine: 'podman', user: { uid: 1, gid: 1 } })).toBe(inContainer);
    expect(change({ image: 'example.org/helper@sha256:0' })).not.toBe(inContainer);
    expect(change({ apiEnvironment: 'balena-staging.com' })).not.toBe(inContainer);
  });

  it('does not ask where a secret or the files of a command lie', () => {
    const secret = (env: string) => digestOf({ secretVariables: [{ name: 'SIGN_API_KEY', env }] });
    expect(secret('THIS')).toBe(secret('THAT'));
    const command = (assetRoot: string) =>
      digestOf({ command: { words: ['./build.sh'], assetRoot, imagesDirectory: 'out' } });
    expect(command('out')).toBe(command('other'));
  });

  it('changes with the services of the composition', () => {
    const one = digestOf({}, services({}));
    expect(digestOf({}, services({}, { service: 'tools' }))).not.toBe(one);
    expect(digestOf({}, services({ imageClass: 'overlay' }))).not.toBe(one);
    expect(digestOf({}, services({ assets: [] }))).not.toBe(one);
    const registryImages = [{ service: 'proxy', reference: 'example.org/proxy:1' }];
    expect(digestOf({}, { contents: { registryImages } })).not.toBe(one);
  });
});
