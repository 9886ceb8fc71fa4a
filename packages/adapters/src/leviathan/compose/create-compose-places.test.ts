import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LeviathanConfig, SuiteRequest } from '@osrel/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../../execa/run-program.ts';
import {
  leviathanAccount,
  leviathanConfig,
  notedFollower,
  suiteRequest,
  TURNING_CLOCK,
} from '../test-inputs.ts';
import { createComposePlaces } from './create-compose-places.ts';
import { CORE_DIGEST, makeTestDocker, type TestDocker } from './test-docker.ts';

let docker: TestDocker;
let root = '';
let server: Server;
let address = '';
beforeEach(async () => {
  docker = await makeTestDocker();
  root = await realpath(await mkdtemp(join(tmpdir(), 'osrel-places-')));
  await put('leviathan/package.json', '{"version":"2.36.124"}');
  await put('leviathan/docker-compose.client.yml', '');
  await put('leviathan/worker/Dockerfile', 'ARG BALENA_ARCH\nFROM bh.cr/x-$' + '{BALENA_ARCH}/2.10.41\n');
  for (const path of ['dev/loop-control', 'dev/net/tun', 'dev/kvm']) await put(`system/${path}`, '');
  await put('system/proc/sys/net/ipv4/ip_forward', '1\n');
  await mkdir(join(root, 'temporary'));
  server = createServer((_request, response) => response.end('IDLE')).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  await docker.answer('compose-port-core', { stdout: `${address}\n` });
  await docker.answer('compose-port-worker', { stdout: `${address}\n` });
});
afterEach(async () => {
  server.close();
  await docker.remove();
  await rm(root, { recursive: true, force: true });
});

async function put(path: string, text: string): Promise<void> {
  await mkdir(join(root, path, '..'), { recursive: true });
  await writeFile(join(root, path), text);
}

let projects = 0;
const nextName = (): string => {
  projects += 1;
  return `r${projects}`;
};
const placesWith = (changes: Partial<LeviathanConfig> = {}) =>
  createComposePlaces({
    config: leviathanConfig(changes),
    root,
    runProgram,
    environment: docker.environment,
    clock: TURNING_CLOCK,
    owner: async () => ({ name: 'osrel-7', isGone: async (name) => name === 'osrel-3' }),
    runName: 'Run_1',
    randomText: nextName,
    temporaryDirectory: join(root, 'temporary'),
    logFolder: join(root, 'logs'),
    readyMs: 15_000,
    systemRoot: join(root, 'system'),
  });

const wishFor = (changes: Partial<SuiteRequest> = {}) => ({
  request: suiteRequest(changes),
  account: leviathanAccount('the-secret-key'),
});
const QEMU = { worker: 'qemu', id: 'os-qemu' } as const;

describe('a core by docker compose', () => {
  it('is core alone for a testbot, reachable on loopback, under a name of its own', async () => {
    const place = await placesWith().borrow(wishFor(), notedFollower());
    expect(place.coreUrl).toBe(`http://${address}`);
    expect(place.rigAddresses).toBeNull();
    expect(place.rigUrlForCore('https://abc.balena-devices.com')).toBe('https://abc.balena-devices.com');
    expect(place.project).toMatch(/^osrel-run-1-os-r\d+$/);
    expect(await docker.projects()).toEqual([place.project]);
    expect(await docker.calls()).toContain('compose up --detach --no-build --no-color core');
    const files = (await docker.fullCalls()).find((words) => words.includes('up')) ?? [];
    expect(files.filter((word) => word.endsWith('.yml'))).toEqual([
      join(root, 'leviathan/docker-compose.client.yml'),
    ]);
    expect(await docker.override()).toMatchObject({
      services: {
        core: {
          image: CORE_DIGEST,
          ports: ['127.0.0.1::2000'],
          labels: { 'io.osrel.owner': 'osrel-7' },
          volumes: [{ target: '/usr/app/private-contracts', read_only: true }],
        },
      },
    });
    await place.leave('clean');
    expect(await docker.projects()).toEqual([]);
    expect(await readdir(join(root, 'temporary'))).toEqual([]);
  });

  it('has a QEMU rig beside it, and a TPM for secure boot', async () => {
    const plain = await placesWith().borrow(wishFor(QEMU), notedFollower());
    expect(plain.rigAddresses).toEqual([`http://${address}`]);
    expect(plain.rigUrlForCore(`http://${address}`)).toBe('http://worker');
    expect(await docker.variables()).toMatchObject({
      FLASHER_SECUREBOOT: '',
      QEMU_ARCH: 'x86_64',
      QEMU_CPUS: '4',
      QEMU_MEMORY: '1G',
      QEMU_INTERNAL_STORAGE: 'true',
      WORKER_TYPE: 'qemu',
      BALENA_ARCH: 'amd64',
    });
    await plain.leave('clean');
    const secure = { ...QEMU, secureBoot: true, slug: 'generic-aarch64', architecture: 'aarch64' };
    const place = await placesWith({ qemu: { ...leviathanConfig().qemu, externalStorage: false } }).borrow(
      wishFor(secure),
      notedFollower(),
    );
    expect(await docker.calls()).toContain('compose up --detach --no-build --no-color core worker swtpm');
    expect(await docker.variables()).toMatchObject({
      FLASHER_SECUREBOOT: '1',
      QEMU_ARCH: 'aarch64',
      QEMU_MEMORY: '4G',
      DEVICE_TYPE: 'generic-aarch64',
    });
    const up = (await docker.fullCalls()).findLast((words) => words.includes('up')) ?? [];
    expect(up.filter((word) => word.endsWith('.yml')).map((path) => path.split('/').at(-1))).toEqual([
      'docker-compose.client.yml',
      'docker-compose.qemu.yml',
      'docker-compose.secureboot.yml',
    ]);
    expect(await docker.override()).toMatchObject({
      services: { worker: { ports: ['127.0.0.1::80'], environment: { QEMU_EXTERNAL_STORAGE: 'false' } } },
    });
    await place.leave('clean');
  });

  it('never shows a key on a command line or to containers that need none, and never removes images', async () => {
    const place = await placesWith().borrow(wishFor(QEMU), notedFollower());
    await place.leave('spoiled');
    const words = (await docker.fullCalls()).flat();
    expect(words.join(' ')).not.toContain('the-secret-key');
    expect((await docker.variables()).BALENACLOUD_API_KEY).toBe('');
    expect(words).not.toContain('--rmi');
    const last = (await docker.calls()).slice(-2);
    expect(last).toEqual(['compose stop --timeout 1', 'compose down --volumes --remove-orphans --timeout 1']);
  });

  it('runs many suites side by side and pulls each image once', async () => {
    const places = placesWith();
    const borrowed = await Promise.all(
      ['a', 'b', 'c'].map((id) => places.borrow(wishFor({ id }), notedFollower())),
    );
    expect(new Set(borrowed.map(({ project }) => project)).size).toBe(3);
    expect((await docker.calls()).filter((call) => call.startsWith('pull'))).toHaveLength(1);
    await borrowed[0]?.leave('clean');
    expect(await docker.projects()).toHaveLength(2);
    await Promise.all(borrowed.map((place) => place.leave('clean')));
  });

  it('tells which image it is, takes a pinned one, and builds what cannot be pulled', async () => {
    const follower = notedFollower();
    await (await placesWith().borrow(wishFor(), follower)).leave('clean');
    expect(follower.lines).toContain(
      `osrel: core of Leviathan 2.36.124 is ghcr.io/balena-os/leviathan:v2.36.124-core, ${CORE_DIGEST}`,
    );
    const pinned = `example.org/core@sha256:${'e'.repeat(64)}`;
    const images = { core: pinned, client: null, worker: null };
    await (await placesWith({ images }).borrow(wishFor(), notedFollower())).leave('clean');
    expect(await docker.override()).toMatchObject({ services: { core: { image: pinned } } });
    await docker.answer('pull', { stderr: 'manifest unknown\n', exit: 1 });
    await docker.answer('image-inspect', {
      exec: `[ -f ${root}/built ] && echo '[{"Id":"sha256:built"}]' || exit 1`,
    });
    await docker.answer('build', { exec: `touch ${root}/built` });
    const builder = notedFollower();
    await (await placesWith().borrow(wishFor(), builder)).leave('clean');
    expect(builder.lines.join()).toContain('because it cannot be pulled (manifest unknown)');
    expect(await docker.override()).toMatchObject({ services: { core: { image: 'sha256:built' } } });
  });

  it('mounts contracts of private device types, and refuses a folder without any', async () => {
    const privateContracts = 'private';
    await expect(placesWith({ privateContracts }).borrow(wishFor(), notedFollower())).rejects.toMatchObject({
      kind: 'config',
      code: 'lab.no-contracts',
    });
    await put('private/contracts/hw.device-type/secret/contract.json', '{}');
    await (await placesWith({ privateContracts }).borrow(wishFor(), notedFollower())).leave('clean');
    expect(await docker.override()).toMatchObject({
      services: { core: { volumes: [{ source: join(root, 'private') }] } },
    });
  });
});

describe('a core that does not come up', () => {
  it('leaves its log and nothing else behind', async () => {
    await docker.answer('compose-up', { stderr: 'no space left on device\n', exit: 1 });
    await docker.answer('compose-logs', { stdout: 'core-1  | exec format error\n' });
    const follower = notedFollower();
    await expect(placesWith().borrow(wishFor(), follower)).rejects.toMatchObject({
      kind: 'rig',
      code: 'lab.compose-failed',
      message: expect.stringContaining('no space left'),
      retryable: true,
    });
    expect(await docker.projects()).toEqual([]);
    const [log = ''] = await readdir(join(root, 'logs'));
    expect(await readFile(join(root, 'logs', log), 'utf8')).toContain('exec format error');
    expect(follower.lines.join()).toContain(log);
    expect(await readdir(join(root, 'temporary'))).toEqual([]);
  });

  it('is told from one that is slow by whether its container runs', async () => {
    server.close();
    await docker.answer('compose-port-core', { stdout: '127.0.0.1:1\n' });
    await expect(placesWith().borrow(wishFor(), notedFollower())).rejects.toThrow(/its core has ended/);
    await docker.answer('ps', { stdout: 'abc\n' });
    await expect(placesWith().borrow(wishFor(), notedFollower())).rejects.toMatchObject({
      code: 'lab.core-not-ready',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    expect(await docker.projects()).toEqual([]);
  });

  it('is removed when it is cancelled while it starts', async () => {
    await docker.answer('compose-up', { hang: true });
    const stop = new AbortController();
    const reason = new Error('enough');
    const follower = notedFollower(stop.signal);
    const borrowing = placesWith().borrow(wishFor(), follower);
    while (!(await docker.calls()).some((call) => call.startsWith('compose up'))) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    stop.abort(reason);
    await expect(borrowing).rejects.toThrow();
    expect(await docker.projects()).toEqual([]);
  });

  it('refuses a machine that cannot, before anything is started', async () => {
    await docker.answer('compose-version', { exit: 1 });
    await expect(placesWith().borrow(wishFor(), notedFollower())).rejects.toMatchObject({
      kind: 'rig',
      code: 'lab.host-unfit',
    });
    expect((await docker.calls()).some((call) => call.startsWith('compose up'))).toBe(false);
  });
});

describe('projects left behind', () => {
  it('are removed when their osrel is gone, and only those', async () => {
    await docker.answer('ps', {
      exec: [
        'case "$*" in',
        "  *label=io.osrel.owner*) printf 'osrel-old-os-x|osrel-3\\nosrel-live-os-y|osrel-5\\nother|osrel-3\\n' ;;",
        '  *project=osrel-old-os-x*) echo container1 ;;',
        'esac',
      ].join('\n'),
    });
    await docker.answer('volume-ls', { stdout: 'volume1\n' });
    const follower = notedFollower();
    const places = placesWith();
    await (await places.borrow(wishFor(), follower)).leave('clean');
    await (await places.borrow(wishFor(), follower)).leave('clean');
    const removals = (await docker.calls()).filter((call) => /^(rm|volume rm|network rm)/.test(call));
    expect(removals).toEqual(['rm --force --volumes container1', 'volume rm --force volume1']);
    expect(follower.lines.join()).toContain('osrel-old-os-x, left behind');
  });

  it('are removed by name, and no other project ever', async () => {
    const places = placesWith();
    const { signal } = new AbortController();
    await places.downProject('osrel-run-os-1', signal);
    expect((await docker.calls())[0]).toContain('com.docker.compose.project=osrel-run-os-1');
    await expect(places.downProject('someone-else', signal)).rejects.toMatchObject({
      kind: 'conflict',
      code: 'lab.foreign-project',
    });
    await docker.answer('ps', { stdout: 'stuck\n' });
    await docker.answer('rm', { stderr: 'device or resource busy\n', exit: 1 });
    await expect(places.downProject('osrel-run-os-1', signal)).rejects.toMatchObject({
      code: 'lab.project-left',
      message: expect.stringContaining('device or resource busy'),
    });
  });
});
