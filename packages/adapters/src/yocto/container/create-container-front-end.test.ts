import { readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  DIGEST,
  IMAGE_ID,
  inspectedImage,
  makeTestEngine,
  type TestEngine,
} from '../../container-engine/test-engine.ts';
import {
  BUILDER,
  CONTAINER,
  makeTestContainerBuild,
  OWNER,
  SIGN_KEY,
  type TestContainerBuild,
  TOKEN,
} from './test-container-build.ts';

const HELPER = 'ghcr.io/balena-os/balena-yocto-scripts';
const SECRETS = { secretVariables: [{ name: 'SIGN_API_KEY', env: 'SIGNING_KEY' }] };
let engine: TestEngine;
let build: TestContainerBuild;

beforeEach(async () => {
  engine = await makeTestEngine();
  build = await makeTestContainerBuild(engine.environment);
});
afterEach(async () => {
  await build.remove();
  await engine.remove();
});

describe('the container front end', () => {
  it('runs exactly what the reference runs, by digest and without the token (W32)', async () => {
    const { command } = await build.begin();
    const folder = command.arguments[command.arguments.indexOf('--env-file') + 1] ?? '';
    const { root } = build;
    expect(command.file).toBe('docker');
    expect(command.workingDirectory).toBe(root);
    expect(command.environment).toEqual({ ...engine.environment, OSREL_MARK: 'mine' });
    expect(command.arguments).toEqual([
      ...['run', '--rm', '--privileged', '--name', 'yocto-build-4242', `--label=io.osrel.owner=${OWNER}`],
      ...['-v', `${root}:/work`],
      ...['-v', `${root}/shared/shared-downloads:/yocto/shared-downloads`],
      ...['-v', `${root}/shared/qemux86/sstate:/yocto/shared-sstate`],
      ...['-v', '/dev/null:/tmp/ssh-agent'],
      // The token means secrets for bitbake, which come by a file of their own.
      ...['-v', `${folder.replace('variables.env', 'secrets.conf')}:/run/osrel/secrets.conf:ro`],
      ...['-e', 'SSH_AUTH_SOCK=/tmp/ssh-agent'],
      ...['-e', `BUILDER_UID=${BUILDER.uid}`, '-e', `BUILDER_GID=${BUILDER.gid}`],
      ...['-e', 'VERBOSE=0', '-e', 'API_ENV=balena-cloud.com'],
      ...['--env-file', folder],
      `${HELPER}@${DIGEST}`,
      ...['/prepare-and-start.sh', '--log', '--machine', 'qemux86'],
      ...['-a', 'BB_GENERATE_MIRROR_TARBALLS=1', '-a', 'DEVICE_TYPE=qemu-x86'],
      ...['-a', 'BALENA_API_ENV=balena-cloud.com'],
      ...[
        '--shared-downloads',
        '/yocto/shared-downloads',
        '--shared-sstate',
        '/yocto/shared-sstate',
        '--rm-work',
      ],
    ]);
  });

  it('mounts nothing more when there is no secret', async () => {
    const { environment } = build.options;
    const without = await makeTestContainerBuild(environment, { secrets: {} });
    const { command } = await without.begin();
    expect(command.arguments.filter((word) => word === '-v')).toHaveLength(4);
    expect(await without.privateFiles()).toEqual([
      expect.stringMatching(/^osrel-build-\w+$/),
      expect.stringMatching(/owner$/),
      expect.stringMatching(/variables\.env$/),
    ]);
    await without.remove();
  });

  it('passes targets, bitbake arguments and the build folder on', async () => {
    const { command } = await build.begin({
      targets: ['virtual/kernel'],
      bitbakeArguments: ['-c', 'cleanall'],
      buildDirectory: 'build-2',
    });
    expect(command.arguments.join(' ')).toContain(
      '--machine qemux86 --bitbake-args -c cleanall --bitbake-target virtual/kernel --build-name build-2 -a',
    );
  });

  it('gives no secret to any program as an argument (W2)', async () => {
    await build.entry('exit 0\n');
    const started = await build.begin(SECRETS);
    await build.run(started);
    await started.finish();
    const calls = JSON.stringify(await engine.calls());
    expect(calls).toContain('"run"');
    for (const secret of [TOKEN, SIGN_KEY, 'sign']) expect(calls).not.toContain(secret);
  });

  it('has the token in a file that only its user can read', async () => {
    await build.entry('exit 0\n');
    const started = await build.begin();
    await build.run(started);
    const file = await engine.environmentFile();
    expect(file).toMatch(/^-rw------- /);
    expect(file.split('\n').slice(1)).toEqual([`BALENA_TOKEN=${TOKEN}`, '']);
  });

  it('gives the secret variables to bitbake in a file of their own, which auto.conf requires', async () => {
    await build.entry('ls -ln "$SECRETS" > "$WORK/mode"; cat "$SECRETS" > "$WORK/seen"\n');
    const started = await build.begin(SECRETS);
    await build.run(started);
    expect(await build.appears('seen')).toBe(`BALENA_API_TOKEN = "${TOKEN}"\nSIGN_API_KEY = '${SIGN_KEY}'\n`);
    expect(await build.appears('mode')).toMatch(new RegExp(`^-rw------- 1 ${BUILDER.uid} ${BUILDER.gid} `));
    const settings = await readFile(join(build.root, 'build/conf/auto.conf'), 'utf8');
    expect(settings).toContain('\nrequire /run/osrel/secrets.conf\n');
    expect(settings).not.toContain(TOKEN);
  });

  it('keeps the time of the secrets file, by which bitbake would parse everything anew', async () => {
    const started = await build.begin(SECRETS);
    const files = await build.privateFiles();
    const secrets = files.find((name) => name.endsWith('secrets.conf')) ?? '';
    expect((await stat(join(build.options.temporaryDirectory, secrets))).mtimeMs).toBe(Date.UTC(2020, 0, 1));
    await started.finish();
  });

  it('writes what barys cannot take into auto.conf', async () => {
    const store = { kind: 'directory', path: 'cache' } as const;
    await build.begin({
      variables: [{ name: 'FOO', value: 'two words' }],
      sourceMirror: { read: 'https://mirror.example', write: null },
      stateCache: { store, key: 'qemu', read: 'https://state.example', save: true },
    });
    const settings = await readFile(join(build.root, 'build/conf/auto.conf'), 'utf8');
    expect(settings).toContain('FOO = "two words"\n');
    expect(settings).toContain('git://.*/.* https://mirror.example/');
    expect(settings).toContain('https://state.example/qemu/PATH');
  });

  it('does not name a store in a folder, which the container cannot see', async () => {
    const store = { kind: 'directory', path: '/cache' } as const;
    const { settingsFile } = await build.prepare({ stateCache: { store, key: 'k', read: null, save: true } });
    expect(settingsFile?.text).not.toContain('SSTATE_MIRRORS');
  });

  it('gives barys the paths of the container', async () => {
    const { command } = await build.prepare({ templates: join(build.root, 'layers/x/conf/samples') });
    expect(command.arguments.join(' ')).toContain('--templates-path /work/layers/x/conf/samples');
    await expect(build.prepare({ templates: '/elsewhere/conf' })).rejects.toMatchObject({
      code: 'container.outside',
    });
  });

  it('removes the build folder for a fresh build, but keeps what is none', async () => {
    await build.write('build/conf/auto.conf', 'MINE = "1"\n');
    await build.write('build/tmp/x', '');
    await build.begin({ fresh: true });
    const settings = await readFile(join(build.root, 'build/conf/auto.conf'), 'utf8');
    expect(settings).toMatch(/^# osrel: begin\n/);
    await expect(stat(join(build.root, 'build/tmp'))).rejects.toMatchObject({ code: 'ENOENT' });
    await build.write('other/precious', '');
    const begun = build.begin({ fresh: true, buildDirectory: 'other' });
    await expect(begun).rejects.toMatchObject({ code: 'build.not-a-build-folder' });
  });

  it('makes the shared folders before the engine would make them as root', async () => {
    await build.begin();
    for (const path of ['shared/shared-downloads', 'shared/qemux86/sstate', 'shared']) {
      expect(await stat(join(build.root, path))).toMatchObject(BUILDER);
    }
  });

  it('mounts the ssh agent of the caller', async () => {
    const socket = join(build.options.temporaryDirectory, 'agent');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    const withAgent = await makeTestContainerBuild({ ...engine.environment, SSH_AUTH_SOCK: socket });
    const { command, notes } = await withAgent.prepare();
    server.close();
    expect(command.arguments).toContain(`${socket}:/tmp/ssh-agent`);
    expect(notes.join('\n')).not.toContain('ssh');
    await withAgent.remove();
  });
});

describe('a description of a container build', () => {
  it('shows the command with the image as it is known, and writes nothing', async () => {
    const description = await build.prepare(SECRETS);
    expect(description).toMatchObject({
      frontEnd: 'barys in docker',
      problems: [],
      buildDirectory: join(build.root, 'build'),
      assetRoot: join(build.root, 'build/tmp/deploy'),
      imagesDirectory: join(build.root, 'build/tmp/deploy/images/qemux86'),
    });
    const words = description.command.arguments.join(' ');
    expect(words).toContain(`osrel-build-XXXXXX/variables.env ${HELPER}@${DIGEST} /prepare-and-start.sh`);
    expect(JSON.stringify(description)).not.toContain(TOKEN);
    expect(description.settingsFile?.text).toContain('require /run/osrel/secrets.conf');
    expect(description.notes.join('\n')).toContain('no ssh socket');
    expect(await build.privateFiles()).toEqual([]);
    await expect(stat(join(build.root, 'build'))).rejects.toMatchObject({ code: 'ENOENT' });
    const commands = (await engine.calls()).map(([word]) => word);
    expect(new Set(commands)).toEqual(new Set(['info', 'image']));
  });

  it('shows the tag when this machine does not have the image yet', async () => {
    await engine.answer('image', { exit: 1 });
    const { command, notes } = await build.prepare();
    expect(command.arguments).toContain(`${HELPER}:1.42.8-yocto-build-env`);
    expect(notes.join('\n')).toContain('not on this machine yet');
  });

  it('names everything that is missing at once, and begins with none of it', async () => {
    const stubborn = await makeTestContainerBuild(engine.environment, { secrets: {} });
    await engine.answer('info', { stderr: 'Cannot connect to the Docker daemon\n', exit: 1 });
    await stubborn.write('balena-yocto-scripts/VERSION', '\n');
    const prepared = await stubborn.prepare(SECRETS);
    expect(prepared.problems.map(({ at }) => at)).toEqual([
      'build.container',
      'build.container.image',
      'SIGNING_KEY',
    ]);
    const begun = stubborn.begin(SECRETS);
    await expect(begun).rejects.toMatchObject({
      kind: 'tool',
      code: 'container.no-daemon',
      problems: expect.arrayContaining([expect.objectContaining({ at: 'SIGNING_KEY' })]),
    });
    expect(await stubborn.privateFiles()).toEqual([]);
    await stubborn.remove();
  });

  it('names the submodule when the front end is missing', async () => {
    await rm(join(build.root, 'balena-yocto-scripts'), { recursive: true });
    const { problems } = await build.prepare();
    expect(problems.map(({ at }) => at)).toEqual([
      'balena-yocto-scripts/build/barys',
      'build.container.image',
    ]);
    expect(problems[0]?.message).toContain('git submodule update');
  });
});

describe('the image of a container build', () => {
  const imageOf = async (image: string | null): Promise<string | undefined> => {
    const { command } = await build.begin({ container: { ...CONTAINER, image } });
    return command.arguments[command.arguments.indexOf('/prepare-and-start.sh') - 1];
  };

  it('is used as it is when it has a digest, without a pull', async () => {
    const pinned = `mine@${IMAGE_ID}`;
    expect(await imageOf(pinned)).toBe(pinned);
    expect((await engine.calls()).map(([word]) => word)).not.toContain('pull');
  });

  it('is pulled although it is here, and its digest is told', async () => {
    expect(await imageOf('mine:1')).toBe(IMAGE_ID);
    expect((await engine.calls()).some(([word, name]) => word === 'pull' && name === 'mine:1')).toBe(true);
    expect(build.lines).toContain(`building in ${IMAGE_ID} (mine:1)`);
  });

  it('may have been made on this machine, where no registry knows it', async () => {
    await engine.answer('image', inspectedImage([]));
    await engine.answer('pull', { stderr: 'pull access denied\n', exit: 1 });
    expect(await imageOf('mine:1')).toBe(IMAGE_ID);
    expect(build.lines.join('\n')).toContain('was made on this machine');
  });

  it('is not looked for in a registry when podman named it', async () => {
    await engine.answer('image', inspectedImage([`localhost/mine@${DIGEST}`]));
    expect(await imageOf('localhost/mine:1')).toBe(IMAGE_ID);
    expect((await engine.calls()).map(([word]) => word)).not.toContain('pull');
  });

  it('is taken from the pull when the engine cannot show it', async () => {
    await engine.answer('image', { exit: 1 });
    expect(await imageOf('reg.example:5000/mine:1')).toBe(`reg.example:5000/mine@${DIGEST}`);
  });

  it('is run by its tag, and that is told, when the engine tells no digest at all', async () => {
    await engine.answer('image', { exit: 1 });
    await engine.answer('pull', { stdout: 'done\n' });
    expect(await imageOf('mine:1')).toBe('mine:1');
    expect(build.lines.join('\n')).toContain('does not tell the digest of mine:1');
  });

  it('is not taken from an earlier pull when it cannot be pulled', async () => {
    await engine.answer('pull', { stderr: 'no such host\n', exit: 1 });
    await expect(imageOf(null)).rejects.toMatchObject({ code: 'container.pull-failed' });
    expect(await build.privateFiles()).toEqual([]);
  });
});
