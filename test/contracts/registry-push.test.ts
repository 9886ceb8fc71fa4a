import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type ArchiveWish, dockerArchive, tarOf } from './docker-archive.ts';
import {
  bulkyFile,
  ociLayout,
  REPOSITORY,
  sentBytes,
  sha256,
  useAdapter,
  useRegistry,
  writeFolder,
  writingRequests,
} from './registry-images.ts';
import { sha256Of, temporaryFolder } from './temporary-folder.ts';

const LAYERS = [[{ name: 'etc/issue', content: 'one\n' }], [{ name: 'etc/motd', content: 'two\n' }]];
const LOGIN = { user: 'ci', password: 'long and secret' };

async function start(
  wish: ArchiveWish = { layers: LAYERS },
  options: Parameters<typeof useRegistry>[0] = {},
) {
  const registry = await useRegistry(options);
  const adapter = await useAdapter();
  const made = await dockerArchive(wish);
  const request = { ...made, registry: registry.url, repository: REPOSITORY, mountFrom: [] };
  return { registry, ...adapter, made, request };
}

describe('a push to a registry', () => {
  it('stores config, layers and manifest so that their contents are what the build made (W41)', async () => {
    const { registry, images, request, made } = await start();
    const pushed = await images.push(request);
    const stored = registry.state.repository(REPOSITORY).manifests.get(pushed.digest);
    const manifest = JSON.parse(String(stored?.content));
    expect(sha256(stored?.content ?? Buffer.alloc(0))).toBe(pushed.digest);
    expect(manifest.mediaType).toBe('application/vnd.docker.distribution.manifest.v2+json');
    const config = registry.state.blobs.get(manifest.config.digest);
    expect(JSON.parse(String(config)).rootfs.diff_ids).toEqual(
      made.layerSha256.map((hex) => `sha256:${hex}`),
    );
    const layers = manifest.layers.map(({ digest }: { digest: string }) => registry.state.blobs.get(digest));
    expect(layers.map((layer: Buffer) => sha256Of(gunzipSync(layer)))).toEqual(made.layerSha256);
    expect(pushed.configDigest).toBe(manifest.config.digest);
    const sizes = [manifest.config, ...manifest.layers].map(({ size }) => size);
    expect(pushed.sizeBytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
  });

  it('tells how many bytes arrived, and sends and writes nothing the second time', async () => {
    const { registry, images, request } = await start({ layers: [[bulkyFile(3_000_000)]] });
    let told = 0;
    const onSent = (bytes: number) => {
      told += bytes;
    };
    const first = await images.push({ ...request, onSent });
    expect(told).toBe(first.sizeBytes);
    registry.requests.length = 0;
    expect(await images.push({ ...request, onSent })).toEqual(first);
    expect(told).toBe(2 * first.sizeBytes);
    expect([sentBytes(registry), writingRequests(registry)]).toEqual([0, []]);
  });

  it('leaves names in its cache folder, no bytes', async () => {
    const { images, request, cacheFolder } = await start({ layers: [[bulkyFile(3_000_000)], ...LAYERS] });
    await images.push(request);
    const left = await readdir(cacheFolder, { recursive: true });
    const files = left.filter((name) => name !== 'uploads');
    expect(files.filter((name) => name.endsWith('.sent'))).toHaveLength(3);
    const sizes = await Promise.all(files.map(async (name) => (await stat(join(cacheFolder, name))).size));
    expect(sizes).toEqual([0, 0, 0]);
  });

  it('sends a layer again that the registry has lost since', async () => {
    const { registry, images, request } = await start();
    const first = await images.push(request);
    registry.state.blobs.clear();
    registry.state.repository(REPOSITORY).blobs.clear();
    registry.state.repository(REPOSITORY).manifests.clear();
    expect(await images.push(request)).toEqual(first);
    expect(registry.state.blobs.size).toBe(3);
  });

  it('moves a tag when it is given one', async () => {
    const { registry, images, request } = await start();
    const { digest } = await images.push({ ...request, tag: 'latest' });
    expect(registry.state.repository(REPOSITORY).manifests.get('latest')?.digest).toBe(digest);
  });

  it('takes a layer from another repository of the registry instead of sending it', async () => {
    const { registry, images, request } = await start({ layers: [[bulkyFile(2_000_000)]] });
    await images.push(request);
    registry.requests.length = 0;
    const mountFrom = ['v2/unknown', REPOSITORY];
    const { digest } = await images.push({ ...request, repository: 'v2/next', mountFrom });
    expect(registry.state.repository('v2/next').manifests.has(digest)).toBe(true);
    // The config, which no other image shares.
    expect(sentBytes(registry)).toBeLessThan(1000);
    expect(registry.requests.filter(({ path }) => path.includes('mount='))).toHaveLength(1);
  });

  it('sends a layer that the other repository does not let it see', async () => {
    const { registry, images, request } = await start({ layers: LAYERS }, { login: LOGIN });
    const authorize = async () => registry.tokens.make([`repository:${REPOSITORY}:pull,push`]);
    await images.push({ ...request, authorize, mountFrom: ['v2/secret'] });
    expect(writingRequests(registry)).toContain('POST');
  });

  it('sends a layer that the image has twice once', async () => {
    const same = [bulkyFile(1000)];
    const { registry, images, request } = await start({ layers: [same, same] });
    const { digest } = await images.push(request);
    const manifest = JSON.parse(String(registry.state.repository(REPOSITORY).manifests.get(digest)?.content));
    expect(manifest.layers[0]).toEqual(manifest.layers[1]);
    expect(writingRequests(registry)).toEqual(['POST', 'PUT', 'POST', 'PUT', 'PUT']);
  });

  it('keeps a layer that is packed with gzip as it is, and packs one with zstandard anew', async () => {
    for (const pack of [gzipSync, zstdCompressSync]) {
      const { registry, images, request, made } = await start({ layers: [[bulkyFile(1_500_000)]], pack });
      const { digest } = await images.push(request);
      const manifest = JSON.parse(
        String(registry.state.repository(REPOSITORY).manifests.get(digest)?.content),
      );
      const layer = registry.state.blobs.get(manifest.layers[0].digest) ?? Buffer.alloc(0);
      expect(sha256Of(gunzipSync(layer))).toBe(made.layerSha256[0]);
      if (pack === gzipSync) expect(made.bytes.includes(layer)).toBe(true);
    }
  });

  it('reads an OCI layout, as a folder and as a tar, through nested indexes and past attestations', async () => {
    const { registry, images, request } = await start();
    const layers = LAYERS.map(tarOf);
    const { files, configDigest } = ociLayout(layers);
    const folder = await images.push({ ...request, archive: await writeFolder(files), archiveSha256: null });
    const bytes = tarOf([...files].map(([name, content]) => ({ name, content })));
    const archive = join(await temporaryFolder(), 'image.tar');
    await writeFile(archive, bytes);
    const tar = await images.push({ ...request, archive, archiveSha256: sha256Of(bytes) });
    expect(tar).toEqual(folder);
    expect(tar.configDigest).toBe(configDigest);
    expect(registry.state.blobs.has(configDigest)).toBe(true);
  });
});

describe('a push of a damaged image', () => {
  it.each([
    ['another layer than the config promises', 'image.layer-damaged', '1/layer.tar', undefined],
    ['a layer that is cut', 'image.layer-damaged', '1/layer.tar', 600],
    ['a config that is cut', 'image.archive-damaged', '.json', 20],
  ])('refuses %s and names it', async (_, code, name, keep) => {
    const other = tarOf([{ name: 'etc/issue', content: 'changed\n' }]);
    const edit: ArchiveWish['edit'] = (files) =>
      files.map((file) => {
        if (!file.name.includes(name) || file.name === 'manifest.json') return file;
        const content = keep === undefined ? other : Buffer.from(file.content ?? '').subarray(0, keep);
        return { ...file, content };
      });
    const { registry, images, request } = await start({ layers: LAYERS, edit });
    await expect(images.push(request)).rejects.toMatchObject({ kind: 'integrity', code });
    expect(registry.state.repository(REPOSITORY).manifests.size).toBe(0);
  });

  it('refuses packed layers that cannot be unpacked', async () => {
    const pack = (layer: Buffer) => gzipSync(layer).subarray(0, -20);
    const { images, request } = await start({ layers: LAYERS, pack });
    await expect(images.push(request)).rejects.toMatchObject({ code: 'image.archive-damaged' });
  });

  it('refuses another archive than the announced one before the first request', async () => {
    const { registry, images, request } = await start();
    const error = await images.push({ ...request, archiveSha256: '0'.repeat(64) }).catch((thrown) => thrown);
    expect(error).toMatchObject({ kind: 'integrity', code: 'image.archive-digest' });
    expect(error.message).toContain(request.archive);
    expect(registry.requests).toEqual([]);
  });

  it('refuses an archive that another one replaces meanwhile', async () => {
    const { registry, images, request, made } = await start();
    registry.onRequest = ({ method }) => {
      if (method === 'POST') void writeFile(request.archive, made.bytes);
    };
    await rm(request.archive);
    await writeFile(request.archive, made.bytes);
    await expect(images.push(request)).rejects.toMatchObject({ code: 'image.archive-digest' });
    expect(registry.state.repository(REPOSITORY).manifests.size).toBe(0);
  });
});
