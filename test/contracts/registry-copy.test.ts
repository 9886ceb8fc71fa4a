import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RegistryFault } from '../servers/registry/registry-fault.ts';
import type { RegistryServer } from '../servers/registry/start-registry.ts';
import {
  REPOSITORY,
  seedImage,
  sentBytes,
  sha256,
  useAdapter,
  useRegistry,
  writingRequests,
} from './registry-images.ts';
import { temporaryFolder } from './temporary-folder.ts';

const CHUNK = 64 * 1024;
const SIZES = [3.5 * CHUNK, 1000];
const LOGIN = { user: 'ci', password: 'long and secret' };
const ARM64 = { os: 'linux', architecture: 'arm64' } as const;

/** Two registries; the first has the image `library/tools:1`, for arm64. */
async function start(options: Parameters<typeof useRegistry>[0] = {}) {
  const source = await useRegistry(options);
  const target = await useRegistry();
  const image = seedImage(source, { repository: 'library/tools', tag: '1' }, SIZES);
  const auths = {
    [source.host]: { auth: Buffer.from(`${LOGIN.user}:${LOGIN.password}`).toString('base64') },
  };
  const readDockerConfig = async () => JSON.stringify({ auths });
  const adapter = await useAdapter({ chunkBytes: CHUNK, readDockerConfig });
  const wish = { reference: `${source.host}/library/tools:1`, platform: ARM64 };
  const request = { ...wish, registry: target.url, repository: REPOSITORY, mountFrom: [] };
  return { source, target, image, ...adapter, wish, request };
}

/** An index over images of the platforms, under the tag `1`. */
function seedIndex(source: RegistryServer, platforms: readonly (readonly [string, string?])[]) {
  const manifests = platforms.map(([architecture, variant]) => {
    const platform = { os: 'linux', architecture, ...(variant === undefined ? {} : { variant }) };
    const { digest, size, mediaType } = seedImage(source, { repository: 'library/tools', platform }, [700]);
    return { digest, size, mediaType, platform };
  });
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const content = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
  source.state.addManifest('library/tools', { content, mediaType, tag: '1' });
  return manifests.map(({ digest }) => digest);
}

describe('a copy between registries', () => {
  it('brings manifest and blobs byte for byte and says what the reference meant (W41)', async () => {
    const { source, target, image, images, request } = await start();
    const copied = await images.copy(request);
    const name = `${source.host}/library/tools`;
    expect(copied).toMatchObject({ digest: image.digest, source: `${name}@${image.digest}` });
    expect(target.state.repository(REPOSITORY).manifests.has(image.digest)).toBe(true);
    for (const { digest } of image.layers) expect(target.state.blobs.has(digest)).toBe(true);
  });

  it('sends and writes nothing the second time, and reads no blob', async () => {
    const { source, target, images, request } = await start();
    await images.copy(request);
    target.requests.length = 0;
    source.requests.length = 0;
    await images.copy({ ...request, platform: null });
    expect([sentBytes(target), writingRequests(target)]).toEqual([0, []]);
    expect(source.requests.filter(({ path }) => path.includes('/blobs/'))).toEqual([]);
  });

  it('moves a tag when it is given one', async () => {
    const { target, image, images, request } = await start();
    await images.copy({ ...request, tag: 'latest' });
    expect(target.state.repository(REPOSITORY).manifests.get('latest')?.digest).toBe(image.digest);
  });

  it('mounts when both are one registry', async () => {
    const { source, images, request } = await start();
    await images.copy({ ...request, registry: source.url });
    expect(sentBytes(source)).toBe(0);
  });

  it.each(['bearer', 'basic'] as const)('logs in as docker does (%s)', async (scheme) => {
    const { target, image, images, request } = await start({ login: LOGIN, scheme });
    await images.copy(request);
    expect(target.state.repository(REPOSITORY).manifests.has(image.digest)).toBe(true);
  });

  it('reads blobs from where the registry sends it, without its token', async () => {
    const { target, image, images, request } = await start({ login: LOGIN, blobsElsewhere: true });
    await images.copy(request);
    expect(target.state.repository(REPOSITORY).manifests.has(image.digest)).toBe(true);
  });

  it.each<[string, RegistryFault, Parameters<typeof useRegistry>[0]]>([
    ['is cut', { kind: 'cut-reply', afterBytes: 1.5 * CHUNK }, {}],
    [
      'is cut, of a registry without ranges',
      { kind: 'cut-reply', afterBytes: 1.5 * CHUNK },
      { ranges: 'ignored' },
    ],
    ['fails', { kind: 'status', status: 502 }, {}],
    ['is a page', { kind: 'html', status: 200 }, {}],
  ])('goes on when reading %s', async (_, fault, options) => {
    const { source, target, image, images, request } = await start(options);
    source.fail({ method: 'GET', path: /blobs/, times: 3, fault });
    source.fail({ method: 'GET', path: /manifests/, fault });
    await images.copy(request);
    expect(target.state.repository(REPOSITORY).manifests.has(image.digest)).toBe(true);
  });

  it('goes on when writing is cut', async () => {
    const { target, image, images, request } = await start();
    target.fail({ method: 'PATCH', nth: 2, fault: { kind: 'reset-in-body', afterBytes: CHUNK / 2 } });
    await images.copy(request);
    expect(target.state.repository(REPOSITORY).manifests.has(image.digest)).toBe(true);
  });

  it('refuses a blob or a manifest with other bytes', async () => {
    for (const path of [/blobs/, /manifests/]) {
      const { source, target, images, request } = await start();
      source.fail({ method: 'GET', path, times: 99, fault: { kind: 'changed-byte' } });
      await expect(images.copy(request)).rejects.toMatchObject({
        kind: 'integrity',
        code: 'registry.digest-mismatch',
      });
      expect(target.state.repository(REPOSITORY).manifests.size).toBe(0);
    }
  });

  it('says that an image is unknown, naming it', async () => {
    const { source, images, request } = await start();
    const error = await images
      .copy({ ...request, reference: `${source.host}/library/none:1` })
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ kind: 'upstream', code: 'registry.not-found', retryable: false });
    expect(error.message).toContain('library/none');
  });
});

describe('a platform', () => {
  it.each([
    [{ os: 'linux', architecture: 'amd64' }, 0],
    [{ os: 'linux', architecture: 'arm' }, 2],
    [{ os: 'linux', architecture: 'arm', variant: 'v6' }, 1],
    [{ os: 'linux', architecture: 'arm64' }, 3],
  ] as const)('%j chooses the image for it', async (platform, index) => {
    const { source, images, request } = await start();
    const digests = seedIndex(source, [['amd64'], ['arm', 'v6'], ['arm', 'v7'], ['arm64', 'v8']]);
    expect((await images.copy({ ...request, platform })).digest).toBe(digests[index]);
  });

  it('that the image is not for is refused, naming those it is for', async () => {
    const { source, images, request } = await start();
    const riscv = { os: 'linux', architecture: 'riscv64' } as const;
    const single = await images.copy({ ...request, platform: riscv }).catch((thrown) => thrown);
    expect(single).toMatchObject({ kind: 'config', code: 'image.platform' });
    expect(single.message).toContain('linux/arm64');
    seedIndex(source, [['amd64'], ['arm', 'v6']]);
    for (const platform of [riscv, null]) {
      const error = await images.copy({ ...request, platform }).catch((thrown) => thrown);
      expect(error.message).toContain('linux/amd64, linux/arm/v6');
    }
  });
});

describe('a fetch into an OCI layout', () => {
  it('writes manifest and blobs under their digests, and leaves no other file', async () => {
    const { image, images, wish } = await start();
    const folder = await temporaryFolder();
    const fetched = await images.fetch({ ...wish, folder });
    expect(fetched).toMatchObject({
      digest: image.digest,
      mediaType: image.mediaType,
      manifestBytes: image.size,
    });
    const names = await readdir(join(folder, 'blobs/sha256'));
    expect(names).toHaveLength(SIZES.length + 2);
    for (const name of names)
      expect(sha256(await readFile(join(folder, 'blobs/sha256', name)))).toBe(`sha256:${name}`);
  });

  it('goes on where reading was cut, and reads no blob twice', async () => {
    const { source, images, wish } = await start();
    const folder = await temporaryFolder();
    source.fail({
      method: 'GET',
      path: /blobs/,
      nth: 2,
      times: 2,
      fault: { kind: 'cut-reply', afterBytes: CHUNK },
    });
    const first = await images.fetch({ ...wish, folder });
    source.requests.length = 0;
    expect(await images.fetch({ ...wish, platform: null, folder })).toEqual(first);
    expect(source.requests.filter(({ path }) => path.includes('/blobs/'))).toEqual([]);
  });

  it('keeps no blob with other bytes', async () => {
    const { source, images, wish } = await start();
    const folder = await temporaryFolder();
    source.fail({ method: 'GET', path: /blobs/, times: 99, fault: { kind: 'changed-byte' } });
    await expect(images.fetch({ ...wish, platform: null, folder })).rejects.toMatchObject({
      kind: 'integrity',
    });
    expect(await readdir(join(folder, 'blobs/sha256'))).toEqual([]);
  });
});
