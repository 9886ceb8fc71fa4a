import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { runProgram } from '../execa/run-program.ts';
import { createFindContainerEngine } from './find-container-engine.ts';
import { makeTestEngine, type TestEngine } from './test-engine.ts';

const NEVER = new AbortController().signal;
const engines: TestEngine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.remove()));
});

async function engineNamed(...names: string[]): Promise<TestEngine> {
  const engine = await makeTestEngine(names);
  engines.push(engine);
  return engine;
}

function findIn(engine: TestEngine, changes: Readonly<Record<string, string>> = {}) {
  // Nothing but the stand-in's folder and what its shell needs: an engine of this machine must not be found.
  const environment = { ...engine.environment, PATH: join(engine.folder, 'bin'), ...changes };
  return createFindContainerEngine({
    runProgram,
    environment,
    workingDirectory: engine.folder,
    answerMs: 2000,
  });
}

describe('createFindContainerEngine', () => {
  it('takes docker when docker answers', async () => {
    const engine = await engineNamed('docker', 'podman');
    const search = await findIn(engine)('auto', NEVER);
    expect(search).toMatchObject({ kind: 'found', engine: { name: 'docker', file: 'docker' }, notes: [] });
  });

  it('takes podman when there is no docker, and says why', async () => {
    const engine = await engineNamed('podman');
    const search = await findIn(engine)('auto', NEVER);
    expect(search).toMatchObject({
      kind: 'found',
      engine: { name: 'podman', isRootless: false },
      notes: [expect.stringContaining('docker was not found')],
    });
  });

  it('knows a podman that runs without root', async () => {
    const engine = await engineNamed('podman');
    await engine.answer('info', { stdout: 'true\n' });
    const search = await findIn(engine)('podman', NEVER);
    expect(search).toMatchObject({ engine: { isRootless: true } });
  });

  it('takes the program that DOCKER names', async () => {
    const engine = await engineNamed('my-podman');
    const search = await findIn(engine, { DOCKER: 'my-podman' })('auto', NEVER);
    expect(search).toMatchObject({ engine: { name: 'podman', file: 'my-podman' } });
  });

  it('does not take a DOCKER of the other kind for the engine that was asked for', async () => {
    const engine = await engineNamed('docker', 'my-podman');
    const search = await findIn(engine, { DOCKER: 'my-podman' })('docker', NEVER);
    expect(search).toMatchObject({ engine: { name: 'docker', file: 'docker' } });
  });

  it('names the native way when neither engine is installed', async () => {
    const engine = await engineNamed();
    const search = await findIn(engine)('auto', NEVER);
    expect(search).toMatchObject({
      kind: 'missing',
      problem: {
        code: 'container.no-engine',
        message: expect.stringContaining('neither is installed'),
        hint: expect.stringContaining('osrel build without --container'),
      },
    });
  });

  it('tells a daemon that does not run from an engine that is not there', async () => {
    const engine = await engineNamed('docker');
    const stderr = 'Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?\n';
    await engine.answer('info', { stderr, exit: 1 });
    const search = await findIn(engine)('auto', NEVER);
    expect(search).toMatchObject({
      problem: {
        code: 'container.no-daemon',
        message: expect.stringContaining('its daemon does not run: Cannot'),
      },
    });
  });

  it('tells a daemon that this user may not talk to', async () => {
    const engine = await engineNamed('docker');
    await engine.answer('info', {
      stderr: 'permission denied while trying to connect to the Docker daemon socket\n',
      exit: 1,
    });
    const search = await findIn(engine)('docker', NEVER);
    expect(search).toMatchObject({
      problem: { code: 'container.engine-refused', hint: expect.stringContaining('group docker') },
    });
  });

  it('goes on to podman when docker is installed without a daemon', async () => {
    const docker = await engineNamed('docker');
    await docker.answer('info', { stderr: 'Cannot connect\n', exit: 1 });
    const podman = await engineNamed('podman');
    const PATH = `${join(docker.folder, 'bin')}:${join(podman.folder, 'bin')}`;
    const search = await findIn(docker, { PATH })('auto', NEVER);
    expect(search).toMatchObject({
      engine: { name: 'podman' },
      notes: [expect.stringContaining('its daemon does not run')],
    });
  });

  it('does not wait for ever for an engine that hangs', async () => {
    const engine = await engineNamed('docker');
    await engine.answer('info', { hang: true });
    const find = createFindContainerEngine({
      runProgram,
      environment: engine.environment,
      workingDirectory: engine.folder,
      answerMs: 100,
    });
    expect(await find('docker', NEVER)).toMatchObject({ problem: { code: 'container.engine-silent' } });
  });

  it('tells an engine that may not be executed', async () => {
    const engine = await engineNamed('docker');
    await chmod(join(engine.folder, 'bin/docker'), 0o644);
    const search = await findIn(engine, { DOCKER: join(engine.folder, 'bin/docker') })('auto', NEVER);
    expect(search).toMatchObject({
      problem: { code: 'container.no-engine', message: expect.stringContaining('may not be executed') },
    });
  });

  it('hands on a failure that is none of the engine', async () => {
    const engine = await engineNamed('docker');
    const find = createFindContainerEngine({
      runProgram,
      environment: engine.environment,
      workingDirectory: join(engine.folder, 'absent'),
    });
    await expect(find('docker', NEVER)).rejects.toMatchObject({ code: 'program.no-folder' });
  });
});
