import { createHash } from 'node:crypto';
import { readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  EXAMPLE_SETTINGS,
  exampleRequest,
  GOOD_BUILD,
  makeTestFrontEnd,
  observe,
  type TestFrontEnd,
} from './test-front-end.ts';

let frontEnd: TestFrontEnd;

beforeEach(async () => {
  frontEnd = await makeTestFrontEnd();
});

afterEach(() => frontEnd.remove());

const images = (name: string) => join(frontEnd.root, 'build/tmp/deploy/images/qemux86', name);

async function buildGood() {
  await frontEnd.program(GOOD_BUILD);
  return frontEnd.builder.build(exampleRequest(), observe());
}

const fails = (request = exampleRequest()) => expect(frontEnd.builder.build(request, observe())).rejects;

describe('build', () => {
  it('hands over what was built, with links resolved and digests', async () => {
    const observer = observe();
    await frontEnd.program(GOOD_BUILD);
    const output = await frontEnd.builder.build(exampleRequest(), observer);
    expect(observer.lines).toEqual(['building']);
    expect(output).toMatchObject({
      assetRoot: join(frontEnd.root, 'build/tmp/deploy'),
      imagesDirectory: join(frontEnd.root, 'build/tmp/deploy/images/qemux86'),
      archive: { path: images('balena-image-qemux86.docker'), sizeBytes: 1536 },
      assets: ['images/qemux86/balena-image.manifest'],
      hostOsVersion: '6.5.1',
    });
    expect(output.files['balena.img']).toEqual({
      path: images('image-20260101.img'),
      sizeBytes: 4,
      sha256: createHash('sha256').update('disk').digest('hex'),
    });
  });

  it('fails with machine, service, exit code, last lines and log when the front end fails', async () => {
    await frontEnd.program(
      "for (let i = 1; i <= 30; i += 1) console.log('line ' + i); process.exitCode = 2;",
    );
    await fails().toMatchObject({
      kind: 'tool',
      code: 'build.failed',
      message: expect.stringMatching(/^barys failed for machine qemux86, service hostapp \(exit code 2\): /),
      hint: expect.stringMatching(/./),
      details: {
        exitCode: 2,
        machine: 'qemux86',
        service: 'hostapp',
        lastLines: Array.from({ length: 20 }, (_, index) => `line ${index + 11}`),
      },
    });
  });

  it('does not believe an exit code: it names every file that is missing, empty or elsewhere (W15)', async () => {
    await frontEnd.program(`
      put('images/qemux86/VERSION_HOSTOS', '');
      put('elsewhere', 'x');
      link('images/qemux86/balena.img', '../../elsewhere');
    `);
    await fails().toMatchObject({
      kind: 'tool',
      code: 'build.output-missing',
      problems: [
        { at: 'images/qemux86/balena-image-qemux86.docker', message: 'is missing' },
        { at: 'images/qemux86/balena.img', message: expect.stringContaining('outside of the images folder') },
        { at: 'images/qemux86/VERSION_HOSTOS', message: 'is empty' },
      ],
    });
  });

  it('refuses an archive that is no docker archive', async () => {
    await frontEnd.program(
      `${GOOD_BUILD}\nput('images/qemux86/balena-image-qemux86.docker', tar('layer.tar'));`,
    );
    await fails().toMatchObject({
      code: 'build.output-missing',
      message: expect.stringContaining('manifest.json'),
    });
  });

  it('names every required asset pattern that matched nothing', async () => {
    await frontEnd.program(GOOD_BUILD);
    const assets = ['a/*.json', 'b', 'c/**'].map((pattern) => ({ pattern, required: pattern !== 'b' }));
    await fails(exampleRequest({ assets })).toMatchObject({
      code: 'build.assets-missing',
      message: expect.stringContaining('a/*.json, c/**'),
    });
  });

  it('refuses files that were there before and that it never made', async () => {
    await frontEnd.program(GOOD_BUILD);
    await frontEnd.builder.build(exampleRequest(), observe());
    await rm(join(frontEnd.root, '.osrel'), { recursive: true });
    await frontEnd.program("put('other', 'x')");
    await fails().toMatchObject({
      code: 'build.output-missing',
      message: expect.stringContaining('older than the build'),
      hint: expect.stringContaining('build again'),
    });
  });

  it('accepts untouched files that the last successful build made, for a new commit too', async () => {
    const first = await buildGood();
    await frontEnd.program("console.log('nothing to do')");
    const again = await frontEnd.builder.build(exampleRequest({ sourceSha: 'b'.repeat(40) }), observe());
    expect(again).toEqual(first);
  });

  it('accepts what an earlier attempt made that was cut off before its end', async () => {
    await frontEnd.program(`${GOOD_BUILD}\nprocess.exitCode = 1;`);
    await fails().toMatchObject({ code: 'build.failed' });
    await frontEnd.program("console.log('nothing to do')");
    await expect(frontEnd.builder.build(exampleRequest(), observe())).resolves.toMatchObject({
      hostOsVersion: '6.5.1',
    });
  });

  it('refuses a file that somebody put in the place of the built one', async () => {
    await buildGood();
    await writeFile(images('VERSION_HOSTOS'), '9.9.9');
    const past = new Date('2020-01-01');
    await utimes(images('VERSION_HOSTOS'), past, past);
    await frontEnd.program("console.log('nothing to do')");
    await fails().toMatchObject({ code: 'build.output-missing' });
  });

  it('stops the front end when it is told to and frees the place', async () => {
    const controller = new AbortController();
    await frontEnd.program("console.log('started'); setInterval(() => {}, 1000)");
    const observer = { ...observe(controller.signal), onLine: () => controller.abort() };
    await expect(frontEnd.builder.build(exampleRequest(), observer)).rejects.toMatchObject({
      kind: 'cancelled',
    });
    expect(await readdir(join(frontEnd.root, '.osrel/cache/builds'))).not.toContain('running.json');
    await expect(buildGood()).resolves.toBeDefined();
  });

  it('builds one after the other, because they share the build folder', async () => {
    await frontEnd.program(`
      if (fs.existsSync('lock')) { console.log('two at once'); process.exit(3); }
      fs.writeFileSync('lock', ''); ${GOOD_BUILD}
      setTimeout(() => fs.rmSync('lock'), 50);
    `);
    const builds = ['a', 'b', 'c'].map((name) =>
      frontEnd.builder.build(exampleRequest({ service: name }), observe()),
    );
    await expect(Promise.all(builds)).resolves.toHaveLength(3);
  });
});

describe('findFinished', () => {
  it('finds the output of the same request and commit while its files are unchanged', async () => {
    const output = await buildGood();
    expect(await frontEnd.builder.findFinished(exampleRequest())).toEqual(output);
  });

  it.each([
    ['another commit', { sourceSha: 'b'.repeat(40) }],
    ['a tree with changes', { sourceSha: null }],
    ['other settings', { settings: { ...EXAMPLE_SETTINGS, developmentImage: true } }],
    ['another service', { service: 'tools' }],
    ['other assets', { assets: [] }],
  ])('finds nothing for %s', async (_what, changes) => {
    await buildGood();
    expect(await frontEnd.builder.findFinished(exampleRequest(changes))).toBeUndefined();
  });

  it('finds nothing when the build had no commit, when a file was touched or when the stamp is damaged', async () => {
    await frontEnd.program(GOOD_BUILD);
    await frontEnd.builder.build(exampleRequest({ sourceSha: null }), observe());
    expect(await frontEnd.builder.findFinished(exampleRequest({ sourceSha: null }))).toBeUndefined();
    await buildGood();
    await writeFile(images('image-20260101.img'), 'DISK');
    expect(await frontEnd.builder.findFinished(exampleRequest())).toBeUndefined();
    await buildGood();
    const folder = join(frontEnd.root, '.osrel/cache/builds');
    for (const name of await readdir(folder)) await writeFile(join(folder, name), '{"schemaVersion":1');
    expect(await frontEnd.builder.findFinished(exampleRequest())).toBeUndefined();
  });

  it('finds nothing after a failed build and before any', async () => {
    expect(await frontEnd.builder.findFinished(exampleRequest())).toBeUndefined();
    await frontEnd.program(`${GOOD_BUILD}\nprocess.exitCode = 1;`);
    await fails().toMatchObject({ code: 'build.failed' });
    expect(await frontEnd.builder.findFinished(exampleRequest())).toBeUndefined();
  });
});

describe('describe', () => {
  it('gives the exact call that build makes', async () => {
    await frontEnd.program(GOOD_BUILD);
    const settings = {
      ...EXAMPLE_SETTINGS,
      variables: [...EXAMPLE_SETTINGS.variables, { name: 'X', value: '1' }],
      continueAfterFailure: true,
      bitbakeArguments: ['-c', 'cleanall', '-v'],
      sharedState: 'shared/sstate',
      removeWork: true,
    };
    const request = exampleRequest({ recipe: 'hostos-tools', settings });
    const { frontEnd: name, command, problems } = await frontEnd.builder.describe(request);
    expect({ name, problems }).toEqual({ name: 'barys', problems: [] });
    expect(command).toEqual({
      file: join(frontEnd.root, 'balena-yocto-scripts/build/barys'),
      arguments: [
        ...['--log', '--machine', 'qemux86'],
        ...['--bitbake-args', '-c', 'cleanall', '--bitbake-args', '-v', '--bitbake-target', 'hostos-tools'],
        ...['--continue', '-a', 'BB_GENERATE_MIRROR_TARBALLS=1', '-a', 'DEVICE_TYPE=qemu-x86', '-a', 'X=1'],
        ...['--shared-sstate', join(frontEnd.root, 'shared/sstate'), '--rm-work'],
      ],
      workingDirectory: frontEnd.root,
      environment: { LANG: 'C' },
    });
    await frontEnd.builder.build(request, observe());
    expect(await readFile(join(frontEnd.root, 'calls'), 'utf8')).toBe(
      `${JSON.stringify(command.arguments)}\n`,
    );
  });

  it('sets what barys would break apart in conf/auto.conf, and secrets in the environment alone', async () => {
    await frontEnd.program(`${GOOD_BUILD}\nfs.writeFileSync('seen', process.env.SIGN_API_KEY ?? '');`);
    const settings = {
      ...EXAMPLE_SETTINGS,
      variables: [...EXAMPLE_SETTINGS.variables, { name: 'KERNEL_ARGS', value: 'quiet "splash"  x=*' }],
      secretVariables: [{ name: 'SIGN_API_KEY', env: 'TEST_SECRET' }],
    };
    const { command, settingsFile } = await frontEnd.builder.describe(exampleRequest({ settings }));
    expect(command.arguments.join(' ')).not.toContain('KERNEL_ARGS');
    expect(settingsFile?.text).toContain(`KERNEL_ARGS = 'quiet "splash"  x=*'`);
    expect(command.environment).toMatchObject({ SIGN_API_KEY: '***' });
    await frontEnd.builder.build(exampleRequest({ settings }), observe());
    expect(await readFile(join(frontEnd.root, 'build/conf/auto.conf'), 'utf8')).toBe(settingsFile?.text);
    expect(await readFile(join(frontEnd.root, 'seen'), 'utf8')).toBe('sesame-42');
  });

  it('refuses an argument that barys cannot take at all', async () => {
    await frontEnd.program(GOOD_BUILD);
    const settings = { ...EXAMPLE_SETTINGS, bitbakeArguments: ['-c', 'two words'] };
    await expect(frontEnd.builder.describe(exampleRequest({ settings }))).rejects.toMatchObject({
      kind: 'config',
      code: 'build.argument-unusable',
    });
  });

  it('says how to get a front end that is missing; build then refuses', async () => {
    const { problems } = await frontEnd.builder.describe(exampleRequest());
    expect(problems).toEqual([
      {
        at: 'balena-yocto-scripts/build/barys',
        message: expect.stringContaining('git submodule update --init --recursive'),
      },
    ]);
    await fails().toMatchObject({ kind: 'config', code: 'build.no-front-end' });
    await frontEnd.write('balena-yocto-scripts/build/barys/folder', '');
    await fails().toMatchObject({ code: 'build.no-front-end' });
  });

  it.each([{ machine: '--help' }, { machine: '../x' }, { recipe: '-k' }])(
    'refuses names that are no names: %j',
    async (changes) => {
      await frontEnd.program(GOOD_BUILD);
      await expect(frontEnd.builder.describe(exampleRequest(changes))).rejects.toMatchObject({
        code: 'build.malformed-name',
      });
    },
  );
});
