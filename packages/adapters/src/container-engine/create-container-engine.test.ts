import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ContainerEngine, ContainerRun } from '../container-engine.ts';
import { runProgram } from '../execa/run-program.ts';
import { createContainerEngine } from './create-container-engine.ts';
import { createEngineProgram } from './engine-program.ts';
import { DIGEST, IMAGE_ID, makeTestEngine, type TestEngine } from './test-engine.ts';

const NEVER = new AbortController().signal;
const REFERENCE = 'ghcr.io/balena-os/balena-yocto-scripts:1.42.8-yocto-build-env';
let standIn: TestEngine;
let engine: ContainerEngine;

beforeEach(async () => {
  standIn = await makeTestEngine();
  engine = engineOf({ isRootless: false });
});
afterEach(() => standIn.remove());

function engineOf({ isRootless }: { readonly isRootless: boolean }): ContainerEngine {
  const call = createEngineProgram({
    runProgram,
    environment: standIn.environment,
    workingDirectory: standIn.folder,
  });
  return createContainerEngine({ name: 'docker', file: 'docker', isRootless, call });
}

const RUN: ContainerRun = {
  name: 'yocto-build-7',
  label: 'io.osrel.owner=7:1',
  mounts: [
    { source: '/repo', target: '/work', access: 'read-write' },
    { source: '/tmp/s', target: '/run/osrel/secrets.conf', access: 'read-only' },
  ],
  variables: { API_ENV: 'balena-cloud.com' },
  environmentFile: '/tmp/e',
  image: `x@${DIGEST}`,
  command: ['/prepare-and-start.sh', '--log'],
};

describe('runArguments', () => {
  it('are those of the reference, with the label and the environment file', () => {
    expect(engine.runArguments(RUN).join(' ')).toBe(
      'run --rm --privileged --name yocto-build-7 --label=io.osrel.owner=7:1 -v /repo:/work ' +
        '-v /tmp/s:/run/osrel/secrets.conf:ro -e API_ENV=balena-cloud.com --env-file /tmp/e ' +
        `x@${DIGEST} /prepare-and-start.sh --log`,
    );
  });

  it('keep the user ids where the engine would shift them, and start as root', () => {
    const words = engineOf({ isRootless: true }).runArguments(RUN);
    expect(words).toContain('--userns=keep-id');
    expect(words).toContain('--user=0:0');
  });
});

describe('findImage', () => {
  it('gives id and digests', async () => {
    expect(await engine.findImage(REFERENCE, NEVER)).toEqual({
      id: IMAGE_ID,
      digests: [`ghcr.io/balena-os/balena-yocto-scripts@${DIGEST}`],
    });
  });

  it('gives an image made here without digests, whatever its labels name', async () => {
    const Config = { Labels: { 'org.opencontainers.image.base.name': `ubuntu@${DIGEST}` } };
    await standIn.answer('image', { stdout: JSON.stringify([{ Id: IMAGE_ID, RepoDigests: null, Config }]) });
    expect(await engine.findImage('mine:1', NEVER)).toEqual({ id: IMAGE_ID, digests: [] });
  });

  it("understands podman's id without algorithm", async () => {
    await standIn.answer('image', {
      stdout: JSON.stringify([{ Id: IMAGE_ID.slice('sha256:'.length), RepoDigests: [] }]),
    });
    expect(await engine.findImage('mine:1', NEVER)).toMatchObject({ id: IMAGE_ID });
  });

  it.each([
    ['a digest alone', `x@${DIGEST}\n`, { id: DIGEST, digests: [`x@${DIGEST}`] }],
    ['an id alone', `${IMAGE_ID}\n`, { id: IMAGE_ID, digests: [] }],
    ['neither', 'ok\n', undefined],
    ['no image in the JSON', '[]\n', undefined],
  ])('takes an answer that is %s', async (_, stdout, expected) => {
    await standIn.answer('image', { stdout });
    expect(await engine.findImage('mine:1', NEVER)).toEqual(expected);
  });

  it('gives nothing for an image this machine does not have', async () => {
    await standIn.answer('image', { stderr: 'No such image\n', exit: 1 });
    expect(await engine.findImage(REFERENCE, NEVER)).toBeUndefined();
  });
});

describe('pull', () => {
  const quiet = { signal: NEVER, onLine: () => undefined };

  it('tells the digest and every line', async () => {
    const lines: string[] = [];
    const pulled = await engine.pull(REFERENCE, { signal: NEVER, onLine: (line) => void lines.push(line) });
    expect(pulled).toEqual({ digest: DIGEST });
    expect(lines).toEqual([`Digest: ${DIGEST}`]);
  });

  it('fails for good when the registry says no', async () => {
    await standIn.answer('pull', { stderr: 'Using default\nError: manifest unknown\n', exit: 1 });
    await expect(engine.pull(REFERENCE, quiet)).rejects.toMatchObject({
      code: 'container.pull-failed',
      exitCode: 5,
      retryable: false,
      message: expect.stringContaining(`${REFERENCE} to build in: Error: manifest unknown`),
      hint: expect.stringContaining('docker login'),
    });
  });

  it('may be tried again when the registry is out of reach', async () => {
    await standIn.answer('pull', { stderr: 'dial tcp: lookup ghcr.io: no such host\n', exit: 1 });
    await expect(engine.pull(REFERENCE, quiet)).rejects.toMatchObject({ retryable: true });
  });

  it('ends when it is told to stop', async () => {
    await standIn.answer('pull', { hang: true });
    const stop = new AbortController();
    const pulling = engine.pull(REFERENCE, { signal: stop.signal, onLine: () => undefined });
    stop.abort();
    await expect(pulling).rejects.toMatchObject({ kind: 'cancelled' });
  });
});

describe('containers', () => {
  it('are found by their label, of one owner or of all', async () => {
    await standIn.leaveContainer('io.osrel.owner=1:1');
    await standIn.leaveContainer('io.osrel.owner=2:2');
    await standIn.leaveContainer('other=3');
    const all = await engine.listLabelled({ name: 'io.osrel.owner' });
    expect(all.map(({ value }) => value).sort()).toEqual(['1:1', '2:2']);
    expect(await engine.listLabelled({ name: 'io.osrel.owner', value: '2:2' })).toEqual([
      { id: expect.stringMatching(/^[0-9a-f]{64}$/), value: '2:2' },
    ]);
  });

  it('are none when the engine does not answer', async () => {
    await standIn.answer('ps', { exit: 1 });
    expect(await engine.listLabelled({ name: 'io.osrel.owner' })).toEqual([]);
  });

  it('are removed with their volumes', async () => {
    await standIn.leaveContainer('io.osrel.owner=1:1');
    const [container] = await engine.listLabelled({ name: 'io.osrel.owner' });
    await engine.remove(container?.id ?? '');
    expect(await standIn.containers()).toEqual([]);
    expect((await standIn.calls()).at(-1)).toEqual(['rm', '--force', '--volumes', container?.id]);
  });

  it('may be gone already when they are stopped or removed', async () => {
    await expect(engine.stop('yocto-build-9', 1)).resolves.toBeUndefined();
    await expect(engine.remove('yocto-build-9')).resolves.toBeUndefined();
  });

  it('are gone when the engine was removing them already', async () => {
    await standIn.leaveContainer('io.osrel.build=/a');
    const [container] = await engine.listLabelled({ name: 'io.osrel.build' });
    const stderr = `Error: removal of container ${container?.id} is already in progress\n`;
    await standIn.answer('rm', { stderr, exit: 1, times: 3 });
    await engine.remove(container?.id ?? '');
    expect(await standIn.containers()).toEqual([]);
  });

  it('that cannot be removed are told with the command that does it', async () => {
    await standIn.answer('rm', { stderr: 'Error: device or resource busy\n', exit: 1 });
    await expect(engine.remove('yocto-build-9')).rejects.toMatchObject({
      code: 'container.not-removed',
      message: expect.stringContaining('device or resource busy'),
      hint: expect.stringContaining('docker rm --force --volumes yocto-build-9'),
    });
  });
});
