import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  hasDockerEngine,
  hasProgram,
  type RealRegistry,
  startRealRegistry,
} from '../servers/registry/real-registry.ts';
import { dockerArchive } from './docker-archive.ts';
import { bulkyFile, REPOSITORY, useAdapter } from './registry-images.ts';
import { temporaryFolder } from './temporary-folder.ts';

const call = promisify(execFile);
const CHUNK = 256 * 1024;
const LAYERS = [[bulkyFile(4.5 * CHUNK)], [{ name: 'etc/issue', content: 'one\n' }]];

async function start() {
  const registry = await startRealRegistry(await temporaryFolder());
  onTestFinished(() => registry.close());
  const made = await dockerArchive({ layers: LAYERS });
  const request = { ...made, registry: registry.url, repository: REPOSITORY, mountFrom: [] };
  return { registry, made, request, ...(await useAdapter({ chunkBytes: CHUNK })) };
}

describe.skipIf(!hasProgram('docker-registry'))(
  "docker's own registry (skipped without docker-registry)",
  () => {
    it('takes an image, and has it the second time', async () => {
      const { registry, images, request } = await start();
      const first = await images.push({ ...request, tag: 'latest' });
      expect(await images.push({ ...request, tag: 'latest' })).toEqual(first);
      const reply = await fetch(`${registry.url}/v2/${REPOSITORY}/manifests/${first.digest}`, {
        headers: { accept: first.mediaType },
      });
      expect(reply.headers.get('docker-content-digest')).toBe(first.digest);
    });

    it('lends layers from one repository to another', async () => {
      const { images, request } = await start();
      const first = await images.push(request);
      let sent = 0;
      const next = { ...request, repository: 'v2/next', mountFrom: [REPOSITORY] };
      expect(await images.push({ ...next, onSent: (bytes) => (sent += bytes) })).toEqual(first);
      expect(sent).toBe(first.sizeBytes);
    });

    it('gets the whole image in spite of cuts in the middle of chunks', async () => {
      const { registry, images, request } = await start();
      const door = await startCuttingDoor(registry, [2.5 * CHUNK, 1.2 * CHUNK]);
      const through = await images.push({ ...request, registry: door.url });
      expect(door.cuts()).toBe(2);
      expect(await images.push(request)).toEqual(through);
    });

    it('copies between repositories and into a folder', async () => {
      const { registry, images, request } = await start();
      const { digest } = await images.push(request);
      const wish = { reference: `${registry.host}/${REPOSITORY}@${digest}`, platform: null };
      const other = await startRealRegistry(await temporaryFolder());
      onTestFinished(() => other.close());
      const target = { registry: other.url, repository: 'v2/copy', mountFrom: [] };
      expect(await images.copy({ ...wish, ...target })).toMatchObject({ digest });
      expect(await images.fetch({ ...wish, folder: await temporaryFolder() })).toMatchObject({ digest });
    });

    it.skipIf(!hasProgram('skopeo'))(
      'has an image that skopeo reads whole (skipped without skopeo)',
      async () => {
        const { registry, images, request, made } = await start();
        const { digest, configDigest } = await images.push(request);
        const image = `docker://${registry.host}/${REPOSITORY}@${digest}`;
        const folder = await temporaryFolder();
        // It checks every digest on the way, and unpacked layers against the config.
        const architecture = ['--override-arch', 'arm64'];
        await call('skopeo', [
          ...architecture,
          'copy',
          '--src-tls-verify=false',
          image,
          `dir:${join(folder, 'as-is')}`,
        ]);
        await call('skopeo', [
          ...architecture,
          'copy',
          '--src-tls-verify=false',
          image,
          `docker-archive:${join(folder, 'image.tar')}`,
        ]);
        const config = await readFile(join(folder, 'as-is', configDigest.slice('sha256:'.length)));
        expect(made.bytes.includes(config)).toBe(true);
      },
    );

    it.skipIf(!hasDockerEngine())(
      'has an image that docker pulls by digest (skipped without an engine)',
      async () => {
        const { registry, images, request } = await start();
        const { digest, configDigest } = await images.push(request);
        const image = `${registry.host}/${REPOSITORY}@${digest}`;
        onTestFinished(async () => {
          await call('docker', ['rmi', '--force', image]);
        });
        await call('docker', ['pull', image]);
        const { stdout } = await call('docker', ['image', 'inspect', '--format', '{{.Id}}', image]);
        expect(stdout.trim()).toBe(configDigest);
      },
    );
  },
);

/** A way to the registry that ends the connection whenever so many bytes have gone in. */
async function startCuttingDoor({ host }: RealRegistry, cutsAfterBytes: readonly number[]) {
  const [name, port] = host.split(':');
  const left = [...cutsAfterBytes];
  let passed = 0;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const registry = connect(Number(port), name);
    for (const socket of [client, registry]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        registry.destroy();
      });
    }
    registry.pipe(client);
    client.on('data', (chunk) => {
      registry.write(chunk);
      passed += chunk.length;
      if (passed < (left[0] ?? Number.POSITIVE_INFINITY)) return;
      left.shift();
      passed = 0;
      client.destroy();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  const address = server.address();
  const ownPort = address !== null && typeof address !== 'string' ? address.port : 0;
  return { url: `http://127.0.0.1:${ownPort}`, cuts: () => cutsAfterBytes.length - left.length };
}
