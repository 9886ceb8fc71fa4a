import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { I5 } from './invariants.ts';
import { readRemoteWorld } from './read-remote-world.ts';
import { useMachine, useServers } from './remote-stage.ts';
import { runRelease } from './run-release.ts';
import { sha256Of, viewRemoteWorld } from './view-remote-world.ts';
import { watchInvariants } from './watch-invariants.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const FOLDER = 'images/raspberrypi4-64/6.5.1';

it('a release over balena, its registry and S3 publishes the bytes that were built', async () => {
  const servers = await useServers();
  const watch = watchInvariants(servers);
  const machine = await useMachine(servers);

  const end = await runRelease(machine);

  expect(end.error).toBeNull();
  const { objects, releases } = viewRemoteWorld(servers);
  expect(releases).toMatchObject([
    {
      version: '6.5.1',
      isFinal: true,
      isInvalidated: false,
      images: [{ service: 'hostapp', isPullable: true }],
    },
  ]);
  const published = [...objects].filter(([key]) => key.startsWith(`${FOLDER}/`));
  expect(published.length).toBeGreaterThan(10);
  const deploy = machine.ports.deployFolder.pathOf('raspberrypi4-64', '6.5.1');
  for (const [key, { bytes }] of published) {
    const built = await readFile(join(deploy, key.slice(FOLDER.length + 1)));
    expect(sha256Of(bytes), key).toBe(sha256Of(built));
  }
  for (const [key, bytes] of releases[0]?.assets ?? []) {
    expect(bytes && sha256Of(bytes), key).toBe(sha256Of(await readFile(join(deploy, key))));
  }
  expect(objects.get('images/raspberrypi4-64/latest')?.bytes.toString()).toBe('6.5.1\n');
  expect(objects.has(`${FOLDER}/IGNORE`)).toBe(false);
  expect(watch.findProblems([machine])).toEqual([]);
});

it('a finished release that another machine does again writes nothing and asks each target three times at most', async () => {
  const servers = await useServers();
  await runRelease(await useMachine(servers));
  const before = readRemoteWorld(servers);
  const from = servers.requests.length;

  const end = await runRelease(await useMachine(servers));

  const again = servers.requests.slice(from);
  expect(end).toMatchObject({ isDone: true, error: null, plan: { steps: [] } });
  expect(I5(again)).toEqual([]);
  for (const target of ['balena', 's3', 'registry']) {
    expect(again.filter((request) => request.target === target).length, target).toBeLessThanOrEqual(3);
  }
  expect(readRemoteWorld(servers)).toEqual(before);
});

it('a release whose suite failed stays a draft that no reader sees', async () => {
  const servers = await useServers();
  const watch = watchInvariants(servers);
  const machine = await useMachine(servers, { verdict: 'failed' });

  const end = await runRelease(machine);

  expect(end.error).toMatchObject({ kind: 'tests' });
  expect(viewRemoteWorld(servers).releases.filter(({ isFinal }) => isFinal)).toEqual([]);
  expect(viewRemoteWorld(servers).objects.has('images/raspberrypi4-64/latest')).toBe(false);
  expect(watch.findProblems([machine])).toEqual([]);
});
