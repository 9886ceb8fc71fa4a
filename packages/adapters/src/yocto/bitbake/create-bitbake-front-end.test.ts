import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BuildSummary } from '../build-watch.ts';
import { createBitbakeFrontEnd } from './create-bitbake-front-end.ts';
import { buildRequest, makeTestRepository, type TestRepository } from './test-repository.ts';

let repository: TestRepository;
beforeEach(async () => {
  repository = await makeTestRepository();
});
afterEach(() => repository.removeAll());

type Settings = Parameters<typeof buildRequest>[0];

const prepare = (settings?: Settings, changes?: Parameters<typeof buildRequest>[1]) =>
  createBitbakeFrontEnd(repository.options).prepare(buildRequest(settings, changes));
const read = (path: string) => readFile(join(repository.root, path), 'utf8');
const exists = async (path: string) =>
  (await stat(join(repository.root, path)).catch(() => undefined)) !== undefined;

const SECRET = { secretVariables: [{ name: 'SIGN_API_KEY', env: 'CI_KEY' }] };

describe('prepare', () => {
  it('tells command, settings and choices, and writes nothing', async () => {
    const build = await prepare(SECRET);
    const { root } = repository;
    expect(build).toMatchObject({
      frontEnd: 'bitbake',
      problems: [],
      buildDirectory: join(root, 'build'),
      imagesDirectory: join(root, 'build/tmp/deploy/images/tiny'),
      command: {
        file: 'bitbake',
        arguments: ['balena-image'],
        workingDirectory: join(root, 'build'),
        environment: {
          MACHINE: 'tiny',
          SIGN_API_KEY: '***',
          BB_ENV_PASSTHROUGH_ADDITIONS: 'MACHINE SIGN_API_KEY',
          TEMPLATECONF: join(root, 'layers/meta-balena-tiny/conf/samples'),
        },
      },
      settingsFile: {
        path: join(root, 'build/conf/auto.conf'),
        text: expect.stringContaining('DEVICE_TYPE = "tiny-type"\nOS_DEVELOPMENT = "0"'),
      },
      notes: [
        'templates layers/meta-balena-tiny/conf/samples: the only templates of the repository',
        'init layer layers/poky: no device layer is for wrynose',
        'no layer reads the variable SIGN_API_KEY',
      ],
    });
    expect(JSON.stringify(build)).not.toContain('very-secret');
    expect(await exists('build')).toBe(false);
  });

  it('builds the recipe of a service, several targets in one call, and goes on after failures', async () => {
    expect((await prepare({}, { recipe: 'extension' })).command.arguments).toEqual(['extension']);
    const settings = { targets: ['one', 'two', 'one'], continueAfterFailure: true, bitbakeArguments: ['-f'] };
    expect((await prepare(settings)).command.arguments).toEqual(['one', 'two', '-k', '-f']);
  });

  it.each([
    [{}, { machine: 'a b' }],
    [{ buildDirectory: '../build' }, {}],
    [{ targets: ['-x'] }, {}],
  ])('refuses names that no argument may hold: %j %j', async (settings, changes) => {
    await expect(prepare(settings, changes)).rejects.toMatchObject({ code: 'build.malformed-name' });
  });

  it('reports everything that is in the way at once, and begin refuses it before it writes', async () => {
    await repository.write('.gitmodules', '[submodule "p"]\n\tpath = layers/poky\n');
    await repository.remove('layers/poky');
    await repository.write(
      'layers/meta-balena-tiny/conf/samples/local.conf.sample',
      '\nOS_DEVELOPMENT = "1"\n',
    );
    const build = await prepare();
    expect(build.problems.map(({ at }) => at)).toEqual([
      'layers/poky',
      'layers/meta-balena-tiny/conf/samples/local.conf.sample:2',
    ]);
    expect(build.problems[0]?.message).toContain('git submodule update --init --recursive layers/poky');
    await expect(build.begin(repository.beginning())).rejects.toMatchObject({
      code: 'repository.submodule-missing',
      problems: build.problems,
    });
    expect(await exists('build')).toBe(false);
  });

  it('finds a setting that the distribution beats, through what local.conf names', async () => {
    await repository.write('layers/meta-balena-tiny/conf/distro/tiny.conf', 'require conf/distro/tiny.inc\n');
    await repository.write('layers/meta-balena-tiny/conf/distro/tiny.inc', 'OS_DEVELOPMENT = "1"\n');
    await repository.write('layers/meta-balena-tiny/conf/samples/local.conf.sample', 'DISTRO = "tiny"\n');
    const { problems } = await prepare();
    expect(problems).toEqual([
      expect.objectContaining({ at: 'layers/meta-balena-tiny/conf/distro/tiny.inc:1' }),
    ]);
  });

  it('finds a setting that no layer reads', async () => {
    const build = await prepare({ supervisorVersion: 'v1.2.3' });
    expect(build.problems).toEqual([expect.objectContaining({ at: 'build.supervisor-version' })]);
    await expect(build.begin(repository.beginning())).rejects.toMatchObject({
      code: 'build.setting-without-effect',
    });
    await repository.write('layers/poky/meta/recipes/s.bb', 'V = "$' + '{SUPERVISOR_VERSION}"');
    expect((await prepare({ supervisorVersion: 'v1.2.3' })).problems).toEqual([]);
  });

  it('counts lines of auto.conf below its own block as lines of the file', async () => {
    const build = await prepare();
    await build.begin(repository.beginning());
    await repository.write(
      'build/conf/auto.conf',
      `${await read('build/conf/auto.conf')}\nOS_DEVELOPMENT = "1"\n`,
    );
    expect((await prepare()).problems).toEqual([expect.objectContaining({ at: 'build/conf/auto.conf:7' })]);
  });
});

describe('begin', () => {
  it('makes the build folder, writes the settings and gives the command in the sourced environment', async () => {
    const beginning = repository.beginning();
    const { command, eventLog } = await (await prepare(SECRET)).begin(beginning);
    expect(await read('build/conf/auto.conf')).toContain('OS_DEVELOPMENT = "0"');
    expect(await read('build/conf/bblayers.conf')).toContain('layers/poky/meta');
    expect(beginning.lines).toContain("You can now run 'bitbake <target>'");
    expect(command.environment).toMatchObject({
      MACHINE: 'tiny',
      BBEVENTLOG: eventLog,
      OSREL_MARK: '1',
      SIGN_API_KEY: 'very-secret',
      BB_ENV_PASSTHROUGH_ADDITIONS: 'DISTRO MACHINE SIGN_API_KEY',
      BUILDDIR: join(repository.root, 'build'),
      PATH: expect.stringContaining(join(repository.root, 'layers/poky/bitbake/bin:')),
    });
    expect(command.environment.CI_KEY).toBeUndefined();
  });

  it('writes no secret anywhere, and keeps the event log from others', async () => {
    const beginning = repository.beginning();
    await (await prepare(SECRET)).begin(beginning);
    for (const name of ['auto.conf', 'local.conf', 'bblayers.conf', 'templateconf.cfg']) {
      expect(await read(`build/conf/${name}`)).not.toContain('very-secret');
    }
    expect((await stat(beginning.eventLog)).mode & 0o777).toBe(0o600);
  });

  it('uses the old name of the passthrough for an old bitbake', async () => {
    await repository.write('layers/poky/bitbake/lib/bb/__init__.py', '__version__ = "1.46.0"\n');
    const { command } = await (await prepare(SECRET)).begin(repository.beginning());
    expect(command.environment.BB_ENV_EXTRAWHITE).toBe('MACHINE SIGN_API_KEY');
  });

  it('can be repeated after any interruption, and keeps what people wrote', async () => {
    await (await prepare()).begin(repository.beginning());
    await repository.write('build/conf/local.conf', 'MINE = "x"\n');
    await (await prepare()).begin(repository.beginning());
    expect(await read('build/conf/local.conf')).toBe('MINE = "x"\n');
    expect((await read('build/conf/auto.conf')).match(/osrel: begin/g)).toHaveLength(1);
  });

  it('removes the build folder first when the build is to be fresh', async () => {
    await (await prepare()).begin(repository.beginning());
    await repository.write('build/conf/local.conf', 'OS_DEVELOPMENT = "1"\n');
    const build = await prepare({ fresh: true });
    expect(build.problems).toEqual([]);
    await build.begin(repository.beginning());
    expect(await read('build/conf/local.conf')).toContain('DISTRO');
  });

  it('asks for every missing secret before it removes or writes anything', async () => {
    await repository.write('build/conf/mine', 'x');
    const build = await prepare({ fresh: true, secretVariables: [{ name: 'A', env: 'NOT_THERE' }] });
    await expect(build.begin(repository.beginning())).rejects.toMatchObject({ code: 'build.secret-missing' });
    expect(await exists('build/conf/mine')).toBe(true);
  });

  it('lists the device types of the repository in the notes of the build folder', async () => {
    const listDeviceTypes = async () => [
      { fileName: 'tiny', name: 'Tiny', machine: 'tiny', image: 'balena-image' },
    ];
    const frontEnd = createBitbakeFrontEnd({ ...repository.options, listDeviceTypes });
    await (await frontEnd.prepare(buildRequest())).begin(repository.beginning());
    expect(await read('build/conf/conf-notes.txt')).toContain(': $ MACHINE=tiny bitbake balena-image\n');
    expect(await exists('layers/meta-balena-tiny/conf/samples/conf-notes.txt')).toBe(false);
  });
});

describe('the started build', () => {
  const summary = (variables: Record<string, string>): BuildSummary => ({
    failed: [],
    errors: [],
    warnings: [],
    timed: [],
    sharedState: null,
    tasks: null,
    wasInterrupted: false,
    barysResults: [],
    variables,
    unexplained: [],
  });

  it('is believed, unless a setting had no effect', async () => {
    const build = await prepare();
    const { judge, findObjection } = await build.begin(repository.beginning());
    const done = { kind: 'exited', exitCode: 0 } as const;
    expect(build.watchedVariables).toEqual(['DEVICE_TYPE', 'OS_DEVELOPMENT']);
    expect(judge(done, summary({ OS_DEVELOPMENT: '0' }))).toBeUndefined();
    expect(judge(done, summary({ OS_DEVELOPMENT: '1' }))).toContain('OS_DEVELOPMENT is "1"');
    expect(judge({ kind: 'exited', exitCode: 1 }, summary({ OS_DEVELOPMENT: '1' }))).toBeUndefined();
    expect(findObjection?.(summary({}))).toBeUndefined();
    expect(findObjection?.(summary({ OS_DEVELOPMENT: '1' }))).toMatchObject({
      code: 'build.setting-without-effect',
    });
  });

  it('is ended in its own build folder', async () => {
    const started = await (await prepare()).begin(repository.beginning());
    await started.askToEnd?.(42);
    await started.finish();
    const folder = join(repository.root, 'build');
    expect(repository.asked).toEqual([`ask ${folder} 42`, `end ${folder}`]);
  });
});
