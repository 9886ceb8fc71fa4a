import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../../execa/run-program.ts';
import { checkHost, type HostNeeds } from './check-host.ts';
import { createDockerProgram } from './docker-program.ts';
import { makeTestDocker, type TestDocker } from './test-docker.ts';

let docker: TestDocker;
let systemRoot = '';
beforeEach(async () => {
  docker = await makeTestDocker();
  systemRoot = await mkdtemp(join(tmpdir(), 'osrel-system-'));
  for (const path of ['dev/loop-control', 'dev/net/tun', 'dev/kvm']) await put(path, '');
  await put('proc/sys/net/ipv4/ip_forward', '1\n');
});
afterEach(async () => {
  await docker.remove();
  await rm(systemRoot, { recursive: true, force: true });
});

async function put(path: string, text: string): Promise<void> {
  await mkdir(join(systemRoot, path, '..'), { recursive: true });
  await writeFile(join(systemRoot, path), text);
}

async function check(needs: Partial<HostNeeds> = {}, environment: Readonly<Record<string, string>> = {}) {
  const lines: string[] = [];
  const call = createDockerProgram({
    runProgram,
    environment: { ...docker.environment, ...environment },
    workingDirectory: docker.folder,
  });
  const outcome = await checkHost(
    {
      call,
      dockerHost: environment.DOCKER_HOST,
      systemRoot,
      signal: new AbortController().signal,
      onLine: (line) => void lines.push(line),
    },
    { worker: 'qemu', suite: 'os', architecture: 'amd64', ...needs },
  ).then(
    (host) => host.architecture,
    (error) =>
      `${error.code}: ${error.problems.map(({ message }: { message: string }) => message).join(' | ')}`,
  );
  return { outcome, told: lines.join('\n') };
}

describe('checkHost', () => {
  it('takes a machine that has everything, without a word', async () => {
    expect(await check()).toEqual({ outcome: 'amd64', told: '' });
    await docker.answer('info', { stdout: '28.2.2|aarch64\n' });
    expect((await check()).told).toContain('emulates amd64 on aarch64 in software');
  });

  it('refuses docker that is missing, silent, forbidden, elsewhere', async () => {
    expect((await check({}, { DOCKER: 'no-such-docker' })).outcome).toContain('docker is not installed');
    expect((await check({}, { DOCKER_HOST: 'tcp://10.0.0.9:2375' })).outcome).toContain('another machine');
    await docker.answer('info', { stdout: '|\n', stderr: 'Cannot connect to the Docker daemon\n', exit: 1 });
    expect((await check()).outcome).toContain(
      'does not answer (sudo systemctl start docker): Cannot connect',
    );
    await docker.answer('info', { stderr: 'permission denied while trying to connect\n' });
    expect((await check()).outcome).toContain('usermod -aG docker');
  });

  it('refuses compose that is missing or older than 2.3.3', async () => {
    await docker.answer('compose-version', { stderr: 'docker: unknown command: docker compose\n', exit: 1 });
    expect((await check()).outcome).toContain('docker compose is not installed');
    for (const [version, expected] of [
      ['2.3.2', 'older than 2.3.3'],
      ['1.29.2', 'older than 2.3.3'],
      ['2.3.3', 'amd64'],
      ['v2.29.1-desktop.1', 'amd64'],
      ['5.0.0', 'amd64'],
    ] as const) {
      await docker.forget('compose-version');
      await docker.answer('compose-version', { stdout: `${version}\n` });
      expect((await check()).outcome).toContain(expected);
    }
  });

  it('names everything that a rig in QEMU lacks, at once, and only says what makes it slow', async () => {
    await rm(join(systemRoot, 'dev'), { recursive: true });
    await put('proc/sys/net/ipv4/ip_forward', '0\n');
    const { outcome, told } = await check();
    for (const missing of ['/dev/loop-control', '/dev/net/tun', 'net.ipv4.ip_forward is not 1'])
      expect(outcome).toContain(missing);
    expect(outcome).toMatch(/^lab.host-unfit/);
    expect(told).toContain('there is no /dev/kvm');
    expect((await check({ worker: 'testbot' })).outcome).toBe('amd64');
    expect((await check({ worker: 'testbot', suite: 'cloud' })).outcome).toContain('/dev/loop-control');
  });
});
