import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCheckout } from './read-checkout.ts';

const IMAGE = `bh.cr/balena/leviathan-worker-$\{BALENA_ARCH}`;
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'osrel-checkout-'));
  await mkdir(join(folder, 'worker'));
  await put('package.json', '{"name":"leviathan","version":"2.36.124"}');
  await put('docker-compose.client.yml', 'services: {}\n');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const put = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);

describe('readCheckout', () => {
  it('knows the version, and the image that the worker is', async () => {
    const dockerfile = [
      'ARG BALENA_ARCH=amd64',
      '',
      '# a comment',
      'ARG WORKER_VERSION=2.10.41',
      `FROM ${IMAGE}/$\{WORKER_VERSION}`,
    ];
    await put('worker/Dockerfile', `${dockerfile.join('\n')}\n`);
    expect(await readCheckout(folder)).toEqual({
      folder,
      version: '2.36.124',
      workerImage: `${IMAGE}/2.10.41`,
    });
    await put('worker/Dockerfile', `${dockerfile.join('\n')}\nRUN echo more\n`);
    expect((await readCheckout(folder)).workerImage).toBeNull();
    await rm(join(folder, 'worker'), { recursive: true });
    expect((await readCheckout(folder)).workerImage).toBeNull();
  });

  it('says how a checkout is had that is not there', async () => {
    await put('package.json', '{"name":"leviathan"}');
    await expect(readCheckout(folder)).rejects.toMatchObject({ kind: 'config', code: 'lab.no-checkout' });
    await rm(join(folder, 'docker-compose.client.yml'));
    await expect(readCheckout(folder)).rejects.toThrow(/there is no docker-compose.client.yml/);
    await expect(readCheckout(join(folder, 'nowhere'))).rejects.toMatchObject({
      hint: expect.stringContaining('git submodule update'),
    });
  });
});
