import type { BuildSettings } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { buildSettingsIn } from '../builders/build-settings-in.ts';
import { type FactsChange, withExtension } from '../builders/facts.ts';
import { command, planOf, pullRequest, refusalOf } from '../builders/plan-of.ts';

const build = command('build');

async function settingsOf(
  osrelYml?: unknown,
  change: FactsChange = {},
  service = 'hostapp',
): Promise<BuildSettings> {
  return buildSettingsIn(await planOf(build, change, osrelYml), service);
}

const assignments = ({ variables }: BuildSettings) => variables.map(({ name, value }) => `${name}=${value}`);
const both = { composition: withExtension({ arguments: ['-a', 'TOOLS=a b', '-d'] }) };

describe('a build that nothing is configured for', () => {
  it('is a plain barys build with the two variables of the reference', async () => {
    const settings = await settingsOf();
    expect(assignments(settings)).toEqual(['BB_GENERATE_MIRROR_TARBALLS=1', 'DEVICE_TYPE=raspberrypi4-64']);
    expect(settings).toMatchObject({
      frontEnd: 'barys',
      container: null,
      removeWork: false,
      downloads: null,
      sharedState: null,
      stateCache: null,
      targets: [],
    });
  });

  it('names the device type by its file, not by machine or slug', async () => {
    const settings = await settingsOf(undefined, {
      deviceType: { fileBaseName: 'pi-sb', machine: 'pi', slug: 'raspberry-pi-sb' },
    });
    expect(assignments(settings)).toContain('DEVICE_TYPE=pi-sb');
  });

  it('makes no decision about the build', async () => {
    const { decisions } = await planOf(build);
    expect(decisions.filter(({ rule }) => rule.startsWith('build.'))).toEqual([]);
  });
});

describe('what services are told', () => {
  const osrelYml = {
    build: {
      variables: { KEY: '1' },
      args: ['-a ARG=1', '-d', '--bitbake-args', '-f', '--supervisor-version', '17.0.1'],
      secrets: { TOKEN_X: { env: 'CI_TOKEN' } },
      continue: true,
      directory: 'build-x',
      templates: 'layers/meta-x/conf/samples',
      targets: ['other-image'],
    },
    machines: { 'raspberrypi4-64': { build: { variables: { MINE: '2' }, args: ['-a MINE=3'] } } },
  };

  it('is for the hostapp: the reference, its own arguments, osrel.yml, the machine, in that order', async () => {
    expect(assignments(await settingsOf(osrelYml))).toEqual([
      'BB_GENERATE_MIRROR_TARBALLS=1',
      'DEVICE_TYPE=raspberrypi4-64',
      'KEY=1',
      'ARG=1',
      'MINE=2',
      'MINE=3',
    ]);
  });

  it("is for an extension: its own arguments, and of the caller's only what shapes the folder they share", async () => {
    const settings = await settingsOf(osrelYml, both, 'tools');
    expect(assignments(settings)).toEqual([
      'BB_GENERATE_MIRROR_TARBALLS=1',
      'DEVICE_TYPE=raspberrypi4-64',
      'TOOLS=a b',
    ]);
    expect(settings).toMatchObject({
      developmentImage: true,
      supervisorVersion: null,
      targets: [],
      bitbakeArguments: [],
      secretVariables: [],
      continueAfterFailure: true,
      buildDirectory: 'build-x',
      templates: 'layers/meta-x/conf/samples',
    });
  });

  it('does not leak from the extension into the hostapp', async () => {
    const settings = await settingsOf(undefined, both);
    expect(assignments(settings)).not.toContain('TOOLS=a b');
    expect(settings.developmentImage).toBe(false);
  });

  it('names secrets by their variables', async () => {
    expect((await settingsOf(osrelYml)).secretVariables).toEqual([{ name: 'TOKEN_X', env: 'CI_TOKEN' }]);
  });
});

describe('the order of builds', () => {
  it('puts the hostapp last, for its files are released from the folder they share', async () => {
    const { steps } = await planOf(build, both);
    const builds = steps.filter(({ kind }) => kind === 'build-service');
    expect(builds.map(({ id }) => id)).toEqual(['build-tools', 'build-hostapp']);
    expect(builds[1]?.needs).toContain('build-tools');
    expect(builds[0]?.needs).not.toContain('build-hostapp');
  });

  it('removes the build folder before the first and never again', async () => {
    const plan = await planOf(build, both, { build: { fresh: true } });
    expect(buildSettingsIn(plan, 'tools').fresh).toBe(true);
    expect(buildSettingsIn(plan, 'hostapp').fresh).toBe(false);
    expect((await settingsOf({ build: { args: ['-r'] } })).fresh).toBe(true);
  });

  it('refuses a service that would remove what another built', async () => {
    const refusal = await refusalOf(build, { composition: withExtension({ arguments: ['-r'] }) });
    expect(refusal).toMatchObject({ code: 'build.bad-arguments', exitCode: 2 });
    expect(refusal.message).toContain('services.tools.x-build.build_args');
    expect(refusal.message).toContain('build.fresh');
  });
});

describe('arguments of a composition', () => {
  it('are refused with service and place, all at once', async () => {
    const refusal = await refusalOf(build, {
      composition: withExtension({ arguments: ['--nope', '-a BAD', '-m x'] }),
    });
    expect(refusal).toMatchObject({ code: 'build.bad-arguments', exitCode: 2 });
    expect(refusal.problems.map(({ at }) => at)).toEqual(
      [0, 1, 2].map((item) => `raspberrypi4-64.hostapp.yml: services.tools.x-build.build_args[${item}]`),
    );
  });

  it('are refused when two services build one recipe', async () => {
    const refusal = await refusalOf(build, { composition: withExtension({ twin: 'more' }) });
    expect(refusal.code).toBe('composition.invalid');
    expect(JSON.stringify(refusal.problems)).toContain('service more has the same recipe');
  });
});

describe('shared caches', () => {
  const caches = {
    'source-mirror': { read: 'https://mirror.example', write: { kind: 's3', bucket: 'sources' } },
    'sstate-cache': { kind: 'directory', path: '/srv/cache', read: 'https://cache.example' },
    'hash-equivalence': 'auto',
  };
  const fork = pullRequest({ origin: 'fork' });
  const target = pullRequest({ carriesSecrets: true });

  it('are read and written by a public build of our own', async () => {
    const plan = await planOf(build, {}, { build: caches });
    expect(buildSettingsIn(plan, 'hostapp')).toMatchObject({
      sourceMirror: { read: 'https://mirror.example', write: { kind: 's3', bucket: 'sources' } },
      stateCache: {
        store: { kind: 'directory', path: '/srv/cache' },
        key: 'raspberrypi4-64',
        read: 'https://cache.example',
        save: true,
      },
      hashEquivalence: 'auto',
    });
    expect(plan.decisions).toContainEqual(
      expect.objectContaining({ rule: 'build.mirror-write', outcome: 'publish', stage: 'build' }),
    );
    expect(plan.decisions).toContainEqual(
      expect.objectContaining({ rule: 'build.state-cache', outcome: 'save' }),
    );
  });

  it.each([
    ['a fork', fork],
    ['an event with secrets', target],
  ])('are only read for %s (W39)', async (_, trigger) => {
    const plan = await planOf(trigger, {}, { build: caches });
    expect(buildSettingsIn(plan, 'hostapp')).toMatchObject({
      sourceMirror: { read: 'https://mirror.example', write: null },
      stateCache: { save: false, read: 'https://cache.example' },
    });
    const outcomes = plan.decisions.filter(({ rule }) => rule.startsWith('build.'));
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['read-only', 'read-only']);
    expect(outcomes[0]?.because).toContain('#12');
  });

  it.each(['private', 'unknown'] as const)(
    'publish no downloads of a device type that is %s',
    async (privacy) => {
      const plan = await planOf(build, { remote: { privacy } }, { build: caches });
      expect(buildSettingsIn(plan, 'hostapp').sourceMirror.write).toBeNull();
      expect(buildSettingsIn(plan, 'hostapp').stateCache?.save).toBe(true);
      expect(plan.decisions).toContainEqual(
        expect.objectContaining({ rule: 'build.mirror-write', outcome: 'read-only' }),
      );
    },
  );

  it('are used by every service, and decided once', async () => {
    const plan = await planOf(build, both, { build: caches });
    expect(buildSettingsIn(plan, 'tools').stateCache).toEqual(buildSettingsIn(plan, 'hostapp').stateCache);
    expect(plan.decisions.filter(({ rule }) => rule === 'build.state-cache')).toHaveLength(1);
  });
});
