import {
  type BuildFlags,
  type BuildSettings,
  type Ports,
  parseConfig,
  planRelease,
  withBuildFlags,
} from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { buildSettingsIn } from '../builders/build-settings-in.ts';
import { facts } from '../builders/facts.ts';
import { command, planOf, refusalOf } from '../builders/plan-of.ts';

const build = command('build');

async function settingsOf(osrelYml: unknown): Promise<BuildSettings> {
  return buildSettingsIn(await planOf(build, {}, osrelYml), 'hostapp');
}

describe('front ends', () => {
  it.each([
    [{ frontend: 'bitbake' }, 'build balena-image for raspberrypi4-64 with bitbake'],
    [{ container: true }, 'build balena-image for raspberrypi4-64 with barys in a container'],
    [{ container: 'podman' }, 'build balena-image for raspberrypi4-64 with barys in podman'],
    [{ targets: ['a', 'b'] }, 'build a b for raspberrypi4-64 with barys'],
  ])('%j: %s', async (osrelBuild, summary) => {
    const { steps } = await planOf(build, {}, { build: osrelBuild });
    expect(steps.find(({ kind }) => kind === 'build-service')?.summary).toBe(summary);
  });

  it('kas gets its file', async () => {
    expect(await settingsOf({ build: { frontend: 'kas', kas: { file: 'kas/pi.yml' } } })).toMatchObject({
      frontEnd: 'kas',
      kasFile: 'kas/pi.yml',
    });
  });

  it('command gets its program and the folders that bitbake would leave', async () => {
    const run = { run: ['make', 'os'] };
    expect((await settingsOf({ build: { frontend: 'command', command: run } })).command).toEqual({
      words: ['make', 'os'],
      assetRoot: 'build/tmp/deploy',
      imagesDirectory: 'build/tmp/deploy/images/{machine}',
    });
    const command = { ...run, assets: 'out/{machine}', images: 'out/img' };
    expect((await settingsOf({ build: { frontend: 'command', command } })).command).toMatchObject({
      assetRoot: 'out/{machine}',
      imagesDirectory: 'out/img',
    });
  });

  it('are refused where they are not fit, also for a machine that osrel.yml does not name', async () => {
    const refusal = await refusalOf(
      build,
      {},
      {
        build: { frontend: 'kas' },
        machines: { other: { build: { kas: { file: 'other.yml' } } } },
      },
    );
    expect(refusal).toMatchObject({ code: 'build.front-end', exitCode: 2 });
    expect(refusal.message).toContain('front end kas has no file');
  });
});

describe('flags of a build', () => {
  const planWithFlags = (osrelYml: unknown, flags: BuildFlags) =>
    planRelease(
      {
        trigger: build,
        config: withBuildFlags(parseConfig(osrelYml, { file: 'osrel.yml' }), flags),
        environment: 'local',
        machines: [],
        slug: null,
        savedFacts: JSON.parse(JSON.stringify(facts())),
      },
      {} as Ports,
    );

  it('reach the build', async () => {
    const [planned] = await planWithFlags(undefined, { container: 'podman', arguments: ['-a', 'X=a b'] });
    if (planned === undefined) throw new Error('nothing was planned');
    const settings = buildSettingsIn(planned.plan, 'hostapp');
    expect(settings.container?.engine).toBe('podman');
    expect(settings.variables.at(-1)).toEqual({ name: 'X', value: 'a b' });
  });

  it.each<readonly [object, BuildFlags, string]>([
    [{ frontend: 'bitbake' }, { container: 'auto' }, 'front end bitbake does not run in a container'],
    [
      { frontend: 'command', command: { run: ['make'] } },
      { arguments: ['-k'] },
      'front end command takes no arguments for bitbake: -k',
    ],
  ])('are refused where the front end cannot follow: %j', async (osrelBuild, flags, reason) => {
    await expect(planWithFlags({ build: osrelBuild }, flags)).rejects.toThrow(reason);
  });
});

describe('a build in a container', () => {
  it('keeps downloads and shared state where the reference does', async () => {
    expect(await settingsOf({ build: { container: 'docker' } })).toMatchObject({
      container: { engine: 'docker', image: null, user: null, apiEnvironment: 'balena-cloud.com' },
      removeWork: true,
      downloads: 'shared/shared-downloads',
      sharedState: 'shared/raspberrypi4-64/sstate',
    });
  });

  it('keeps work folders when that is said', async () => {
    expect((await settingsOf({ build: { container: 'docker', 'rm-work': false } })).removeWork).toBe(false);
  });

  it('takes the folders that are named', async () => {
    const folders = { downloads: '/srv/dl', sstate: '/srv/sstate' };
    expect(await settingsOf({ build: { container: 'docker', ...folders } })).toMatchObject({
      downloads: '/srv/dl',
      sharedState: '/srv/sstate/raspberrypi4-64',
    });
    expect(
      await settingsOf({
        build: { container: 'docker', args: ['--shared-sstate /x --shared-downloads /y'] },
      }),
    ).toMatchObject({ downloads: '/y', sharedState: '/x' });
  });

  it('does not count its folders as changes of the source', async () => {
    const { steps } = await planOf(build, {}, { build: { container: true, directory: 'build-pi' } });
    expect(steps.find(({ kind }) => kind === 'check-source')?.with).toMatchObject({
      ignoredPaths: ['.osrel/', 'deploy/', 'build/', 'build-pi/', 'shared/', 'raspberrypi4-64.json'],
    });
  });
});
