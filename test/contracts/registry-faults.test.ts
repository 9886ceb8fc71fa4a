import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { RegistryFault } from '../servers/registry/registry-fault.ts';
import { dockerArchive } from './docker-archive.ts';
import { bulkyFile, REPOSITORY, sentBytes, useAdapter, useRegistry } from './registry-images.ts';

const CHUNK = 64 * 1024;
const LOGIN = { user: 'ci', password: 'long and secret' };

async function start(options: Parameters<typeof useRegistry>[0] = {}, silenceMs = 60_000) {
  const registry = await useRegistry(options);
  const adapter = await useAdapter({ chunkBytes: CHUNK, silenceMs });
  const made = await dockerArchive({ layers: [[bulkyFile(3.5 * CHUNK)]] });
  const request = { ...made, registry: registry.url, repository: REPOSITORY, mountFrom: [] };
  const isPushed = (digest: string) => registry.state.repository(REPOSITORY).manifests.has(digest);
  return { registry, ...adapter, request, isPushed };
}

const PASSING: readonly (readonly [string, RegistryFault])[] = [
  ['500', { kind: 'status', status: 500 }],
  ['502 with a page', { kind: 'html', status: 502 }],
  ['503 with a delay', { kind: 'status', status: 503, headers: { 'retry-after': '7' } }],
  ['504', { kind: 'status', status: 504 }],
  ['429 with a delay', { kind: 'status', status: 429, headers: { 'retry-after': '7' } }],
  ['200 with a page', { kind: 'html', status: 200 }],
  ['a reset before', { kind: 'reset-before' }],
  ['a lost reply', { kind: 'reset-after' }],
];

describe('a push meets a fault that passes', () => {
  it.each(PASSING.flatMap(([name, fault]) => [1, 3].map((times) => [times, name, fault] as const)))(
    '%i x %s, at every request, and ends well',
    async (times, _, fault) => {
      const { registry, images, request, isPushed } = await start();
      // Every kind of request once: question, opening, chunk, last chunk, manifest, reading back.
      for (const method of ['HEAD', 'POST', 'PATCH', 'PUT', 'GET']) registry.fail({ method, times, fault });
      registry.fail({ method: 'PUT', path: /manifests/, times, fault });
      const { digest, sizeBytes } = await images.push(request);
      expect(isPushed(digest)).toBe(true);
      // Lost replies cost no bytes again; a fault before the registry read them costs the chunk each time.
      expect(sentBytes(registry)).toBeLessThanOrEqual(sizeBytes + 3 * times * CHUNK);
    },
  );

  it('waits as long as the registry asks', async () => {
    const { registry, images, request, clock } = await start();
    registry.fail({
      method: 'POST',
      fault: { kind: 'status', status: 429, headers: { 'retry-after': '42' } },
    });
    await images.push(request);
    expect(clock.sleeps).toEqual([42_000]);
  });

  it('does not wait more than a minute, and says that a later try may do', async () => {
    const { registry, images, request, clock } = await start();
    registry.fail({
      method: 'POST',
      fault: { kind: 'status', status: 429, headers: { 'retry-after': '900' } },
    });
    await expect(images.push(request)).rejects.toMatchObject({ code: 'registry.busy', retryable: true });
    expect(clock.sleeps).toEqual([]);
  });

  it('gives up after five attempts', async () => {
    const { registry, images, request } = await start();
    registry.fail({ method: 'POST', times: 99, fault: { kind: 'status', status: 503 } });
    await expect(images.push(request)).rejects.toMatchObject({
      kind: 'upstream',
      code: 'registry.unavailable',
      retryable: true,
    });
    expect(registry.requests.filter(({ method }) => method === 'POST')).toHaveLength(5);
  });

  it('gives up a silent connection and opens another', async () => {
    const { registry, images, request, isPushed } = await start({}, 300);
    registry.fail({ method: 'HEAD', fault: { kind: 'hang' } });
    registry.fail({ method: 'PATCH', fault: { kind: 'hang' } });
    expect(isPushed((await images.push(request)).digest)).toBe(true);
  });

  it('waits for replicas that do not show the manifest yet', async () => {
    const { images, request, isPushed } = await start({ manifestLag: 3 });
    expect(isPushed((await images.push(request)).digest)).toBe(true);
  });

  it('gets a new token when the old one expires in the middle of an upload', async () => {
    const { registry, images, request, isPushed } = await start({ login: LOGIN });
    const wishes: unknown[] = [];
    registry.onRequest = ({ method }) => {
      if (method === 'PATCH' && wishes.length === 1) registry.tokens.expireAll();
    };
    const { digest } = await images.push({
      ...request,
      authorize: async (wish) => {
        wishes.push(wish);
        return registry.tokens.make(wish.scopes);
      },
    });
    expect(isPushed(digest)).toBe(true);
    const wish = { realm: `${registry.url}/token`, service: 'test registry' };
    expect(wishes).toEqual(Array(2).fill({ ...wish, scopes: [`repository:${REPOSITORY}:pull,push`] }));
  });
});

describe('an upload that is cut', () => {
  it('goes on where the registry is, and sends less than a chunk again', async () => {
    const { registry, images, request, isPushed } = await start();
    registry.fail({ method: 'PATCH', nth: 2, fault: { kind: 'reset-in-body', afterBytes: CHUNK / 2 } });
    const { digest, sizeBytes } = await images.push(request);
    expect(isPushed(digest)).toBe(true);
    // The registry kept the half chunk, and the manifest is no blob.
    expect(sentBytes(registry)).toBeLessThan(sizeBytes + CHUNK);
  });

  it('starts anew where the registry lost it', async () => {
    const { registry, images, request, isPushed } = await start({ cutChunks: 'upload-lost' });
    registry.fail({ method: 'PATCH', nth: 3, fault: { kind: 'reset-in-body', afterBytes: CHUNK / 2 } });
    expect(isPushed((await images.push(request)).digest)).toBe(true);
  });

  it('is gone on with by another process, from the layer as it was packed', async () => {
    const { registry, images, request, cacheFolder, isPushed } = await start();
    registry.fail({ method: 'PATCH', nth: 3, times: 99, fault: { kind: 'reset-before' } });
    registry.fail({ method: 'GET', path: /uploads/, times: 99, fault: { kind: 'reset-before' } });
    await expect(images.push(request)).rejects.toMatchObject({ code: 'registry.unreachable' });
    expect((await readdir(cacheFolder)).filter((name) => name.endsWith('.gz'))).toHaveLength(1);
    const before = sentBytes(registry);
    registry.heal();
    const second = await useAdapter({ chunkBytes: CHUNK, cacheFolder });
    const { digest, sizeBytes } = await second.images.push(request);
    expect(isPushed(digest)).toBe(true);
    expect(sentBytes(registry) - before).toBeLessThanOrEqual(sizeBytes - 2 * CHUNK);
  });

  it('goes on after an answer that came before the chunk was read', async () => {
    const { registry, images, request, isPushed } = await start();
    registry.fail({ method: 'PATCH', nth: 2, times: 2, fault: { kind: 'early', status: 503 } });
    expect(isPushed((await images.push(request)).digest)).toBe(true);
  });

  it('goes on from the registry, not from what was sent, after 416', async () => {
    const { registry, images, request, isPushed } = await start();
    registry.fail({ method: 'PATCH', nth: 2, fault: { kind: 'status', status: 416 } });
    expect(isPushed((await images.push(request)).digest)).toBe(true);
  });

  it('keeps to the smallest chunk that the registry takes', async () => {
    const { registry, images, request } = await start({ smallestChunk: 2 * CHUNK });
    await images.push(request);
    expect(registry.requests.filter(({ method }) => method === 'PATCH')).toHaveLength(1);
  });

  it('is refused when bytes change on the way, and nothing is stored', async () => {
    const { registry, images, request } = await start();
    registry.fail({ method: 'PATCH', times: 99, fault: { kind: 'changed-byte' } });
    const error = await images.push(request).catch((thrown) => thrown);
    expect(error).toMatchObject({ kind: 'integrity', code: 'registry.digest-mismatch' });
    expect(registry.state.repository(REPOSITORY).manifests.size).toBe(0);
  });

  it('ends at once when it is aborted, with the reason it was given', async () => {
    const { registry, images, request } = await start();
    const stop = new AbortController();
    registry.onRequest = ({ method }) => {
      if (method === 'PATCH') stop.abort(new Error('enough'));
    };
    await expect(images.push({ ...request, signal: stop.signal })).rejects.toThrow('enough');
    expect(registry.requests.filter(({ method }) => method === 'PUT')).toEqual([]);
  });
});

describe('a push is refused', () => {
  it.each([
    [401, 'permission', 'registry.refused', false],
    [403, 'permission', 'registry.refused', false],
    [404, 'upstream', 'registry.not-found', false],
    [409, 'conflict', 'registry.conflict', false],
    [412, 'conflict', 'registry.conflict', false],
    [413, 'upstream', 'registry.rejected', false],
    [507, 'upstream', 'registry.full', false],
  ])('with %i as %s %s', async (status, kind, code, retryable) => {
    const { registry, images, request } = await start();
    const body = JSON.stringify({ errors: [{ code: 'DENIED', message: 'see https://x.test/a?sig=secret' }] });
    registry.fail({ method: 'POST', times: 99, fault: { kind: 'status', status, body } });
    const authorize = async () => 'a token';
    const error = await images
      .push({ ...request, authorize, credential: 'BALENA_TOKEN' })
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ kind, code, retryable });
    for (const part of [registry.host, REPOSITORY, String(status), 'DENIED'])
      expect(error.message).toContain(part);
    expect(error.message).not.toContain('secret');
    if (kind === 'permission') expect(error.hint).toContain('BALENA_TOKEN');
  });

  it('when the token is good for another repository only', async () => {
    const { registry, images, request } = await start({ login: LOGIN });
    const authorize = async () => registry.tokens.make(['repository:other:pull,push']);
    await expect(images.push({ ...request, authorize })).rejects.toMatchObject({ kind: 'permission' });
  });

  it('when nobody listens', async () => {
    const { images, request } = await start();
    // Port 1 is nobody's.
    const pushed = images.push({ ...request, registry: 'http://127.0.0.1:1' });
    await expect(pushed).rejects.toMatchObject({ code: 'registry.unreachable', retryable: true });
  });
});
