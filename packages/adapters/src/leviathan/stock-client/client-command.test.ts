import { mkdir, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LeviathanConfig } from '@osrel/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../../execa/run-program.ts';
import { type ComposeProject, createComposeProject } from '../compose/compose-project.ts';
import { createDockerProgram } from '../compose/docker-program.ts';
import { CORE_DIGEST, makeTestDocker, type TestDocker } from '../compose/test-docker.ts';
import type { DriveRequest } from '../drive-natively.ts';
import { leviathanAccount, leviathanConfig, notedFollower, suiteRequest } from '../test-inputs.ts';
import { createClientCommand } from './client-command.ts';
import { prepareClientFolders } from './prepare-client-folders.ts';

let docker: TestDocker;
let folder = '';
let project: ComposeProject;
beforeEach(async () => {
  docker = await makeTestDocker();
  folder = await realpath(await mkdtemp(join(tmpdir(), 'osrel-command-')));
  await mkdir(join(folder, 'suites/os'), { recursive: true });
  project = await createComposeProject({
    call: callDocker(),
    name: 'osrel-run-os-1',
    wish: {
      request: suiteRequest(),
      checkout: folder,
      qemu: leviathanConfig().qemu,
      images: { core: CORE_DIGEST, client: CORE_DIGEST },
      privateContracts: folder,
      architecture: 'amd64',
      owner: 'osrel-7',
    },
    temporaryDirectory: folder,
    logPath: join(folder, 'log'),
    onLine: () => {},
  });
});
afterEach(async () => {
  await docker.remove();
  await rm(folder, { recursive: true, force: true });
});

const callDocker = () =>
  createDockerProgram({ runProgram, environment: docker.environment, workingDirectory: docker.folder });

async function commandFor(changes: Partial<LeviathanConfig> = {}, worker = 'testbot') {
  const drive: DriveRequest = {
    request: suiteRequest({ kernelHeaders: null, worker }),
    account: leviathanAccount('the-secret-key'),
    workspace: {
      image: { path: '/cache/one.gz', sizeBytes: 1, md5: '' },
      kernelHeaders: null,
      suite: { directory: join(folder, 'suites/os'), md5: '', revision: null },
      given: [],
    },
    place: {
      coreUrl: 'http://127.0.0.1:49153',
      rigAddresses: null,
      rigUrlForCore: (url) => url,
      project: project.name,
      leave: async () => {},
    },
    directory: folder,
    follower: notedFollower(),
    onNote: () => {},
    tell: () => {},
    onRig: () => {},
  };
  const folders = await prepareClientFolders(folder);
  const command = createClientCommand(
    {
      config: leviathanConfig({ driver: 'client', ...changes }),
      root: folder,
      runProgram,
      environment: docker.environment,
      signals: { send: () => {} },
      findProject: (name) => (name === project.name ? project : undefined),
      callDocker: callDocker(),
    },
    drive,
    folders,
  );
  return { command, folders };
}

const terms = (signal = new AbortController().signal) => ({
  signal,
  endNow: new AbortController().signal,
  onLine: () => {},
});

describe('the client in a container', () => {
  it('runs beside its core, with files mounted where they lie and no key among its words', async () => {
    const { command, folders } = await commandFor();
    expect(command.places).toEqual({
      suite: '/usr/src/app/suites/os',
      image: '/usr/src/app/workspace/balena.img.gz',
      kernelHeaders: '/usr/src/app/workspace/kernel_modules_headers.tar.gz',
    });
    await docker.answer('compose-run', { exit: 1 });
    expect((await command.run(terms())).end).toEqual({ kind: 'exited', exitCode: 1 });
    expect((await docker.calls()).at(-1)).toBe(
      'compose run --rm --no-deps -T --name osrel-run-os-1-client ' +
        '--volume /cache/one.gz:/usr/src/app/workspace/balena.img.gz:ro ' +
        `--volume ${folders.emptyFile}:/usr/src/app/workspace/kernel_modules_headers.tar.gz:ro ` +
        'client -c /usr/src/app/workspace/config.json',
    );
    expect(await docker.variables()).toMatchObject({
      BALENACLOUD_API_KEY: '',
      WORKSPACE: folders.workspace,
      REPORTS: folders.reports,
      SUITES: join(folder, 'suites'),
    });
    // What is mounted over has to be there: the container may not write its workspace.
    expect(await readdir(folders.workspace)).toContain('balena.img.gz');
  });

  it('is stopped by its container, so that the suite can clean up', async () => {
    const { command } = await commandFor();
    await docker.answer('compose-run', {
      exec: `while [ ! -f ${folder}/stopped ]; do sleep 0.05; done; exit 1`,
    });
    await docker.answer('stop', { exec: `touch ${folder}/stopped` });
    const stop = new AbortController();
    const running = command.run(terms(stop.signal));
    while (!(await docker.calls()).some((call) => call.startsWith('compose run'))) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    stop.abort();
    await expect(running).rejects.toMatchObject({ kind: 'cancelled' });
    expect((await docker.calls()).at(-1)).toMatch(/^stop --time \d+ osrel-run-os-1-client$/);
  });

  it('that does not start is no end of a suite', async () => {
    const { command } = await commandFor();
    await docker.answer('compose-run', { stderr: 'no such image\n', exit: 125 });
    await expect(command.run(terms())).rejects.toMatchObject({ kind: 'rig', code: 'lab.client-failed' });
  });
});

describe('the client as a program', () => {
  it('is refused where it could not reach the rig by the name that the core uses', async () => {
    await expect(commandFor({ client: ['node', 'client.js'] }, 'qemu')).rejects.toMatchObject({
      code: 'lab.client-outside',
    });
  });
});
