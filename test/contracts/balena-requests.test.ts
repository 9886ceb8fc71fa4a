import { describe, expect, it } from 'vitest';
import { APPLICATION, draftRequest, likeEngine, setBalenaStage } from './balena-stage.ts';

describe('requests to a balena API', () => {
  it('are three for all facts of a target: who, the application with its device type, the releases', async () => {
    const { osrel, server } = await setBalenaStage({ knowsPrivacy: true });
    await osrel().hostappReleases.createDraft(draftRequest());
    const before = server.requests.length;
    const { hostappApplications, hostappReleases } = osrel();
    const application = await hostappApplications.find(APPLICATION);
    expect(application).toMatchObject({
      isHost: true,
      isPublic: true,
      deviceType: { slug: 'raspberrypi4-64', privacy: 'public' },
    });
    expect(await hostappApplications.findDeviceTypePrivacy('raspberrypi4-64')).toBe('public');
    expect(await hostappReleases.list(APPLICATION)).toHaveLength(1);
    expect(server.requests.slice(before).map(({ path }) => path.split('?')[0])).toEqual([
      '/actor/v1/whoami',
      '/v7/application',
      '/v7/release',
    ]);
  });

  it('are no more when a draft is there already', async () => {
    const { osrel, server } = await setBalenaStage();
    const made = await osrel().hostappReleases.createDraft(draftRequest());
    const before = server.requests.length;
    expect(await osrel().hostappReleases.createDraft(draftRequest())).toEqual(made);
    expect(server.requests.slice(before).map(({ method }) => method)).toEqual(['GET', 'GET', 'GET']);
  });

  it.each([
    ['500', { kind: 'status', status: 500 }, 'balena.unavailable'],
    ['a dead connection', { kind: 'reset-before' }, 'balena.unreachable'],
    ['a truncated body', { kind: 'truncated' }, 'balena.unreachable'],
    ['a page', { kind: 'html', status: 200 }, 'balena.answer-unreadable'],
    ['429', { kind: 'status', status: 429 }, 'balena.too-many-requests'],
  ] as const)('are repeated four times with growing delays, then %s is told', async (_, fault, code) => {
    const { osrel, server, clock } = await setBalenaStage();
    server.fail({ path: /v7\/release/, times: Number.POSITIVE_INFINITY, fault });
    await expect(osrel().hostappReleases.list(APPLICATION)).rejects.toMatchObject({
      kind: 'upstream',
      code,
      retryable: true,
      hint: expect.any(String),
    });
    expect(clock.sleeps).toEqual([500, 1000, 2000, 4000]);
  });

  it('wait as long as the server asks, but no longer than a minute', async () => {
    const { osrel, server, clock } = await setBalenaStage();
    const busy = (seconds: string) =>
      ({ kind: 'status', status: 429, headers: { 'retry-after': seconds } }) as const;
    server.fail({ path: /v7\/release/, fault: busy('17') });
    await osrel().hostappReleases.list(APPLICATION);
    expect(clock.sleeps).toEqual([17_000]);
    server.fail({ path: /v7\/release/, fault: busy('61') });
    await expect(osrel().hostappReleases.list(APPLICATION)).rejects.toMatchObject({
      code: 'balena.too-many-requests',
      details: { retryAfterMs: 61_000 },
    });
    expect(clock.sleeps).toEqual([17_000]);
  });

  it('are given up after a silence, not after a duration', async () => {
    const { osrel, server } = await setBalenaStage();
    server.fail({ path: /v7\/release/, times: Number.POSITIVE_INFINITY, fault: { kind: 'hang' } });
    await expect(osrel({ silenceMs: 100 }).hostappReleases.list(APPLICATION)).rejects.toMatchObject({
      code: 'balena.unreachable',
      message: expect.stringContaining('no byte for 0.1 s'),
      retryable: true,
    });
  });

  it('end at once when the work is cancelled', async () => {
    const { osrel, server, rows } = await setBalenaStage();
    const { hostappReleases } = osrel();
    const { id } = await hostappReleases.createDraft(draftRequest());
    const copy = {
      releaseId: id,
      service: 'hostapp',
      reference: 'alpine:3.20',
      platform: { architecture: 'arm64' },
      labels: {},
    };
    const reason = new Error('stopped by the user');
    const late = hostappReleases.copyImage({ ...copy, signal: AbortSignal.abort(reason) });
    await expect(late).rejects.toBe(reason);
    expect(rows('service')).toEqual([]);
    const cancel = new AbortController();
    server.fail({ method: 'POST', path: /v7\/image$/, fault: { kind: 'hang' } });
    const running = hostappReleases.copyImage({ ...copy, signal: cancel.signal });
    server.onRequest(({ method, path }) => {
      if (method === 'POST' && path === '/v7/image') cancel.abort(reason);
    });
    await expect(running).rejects.toBe(reason);
    expect(rows('image')).toEqual([]);
  });

  it('ask once whose key it is, and whoever is cancelled meanwhile takes nobody else along', async () => {
    const { osrel, server } = await setBalenaStage();
    const { hostappReleases, releaseAssets } = osrel();
    const cancel = new AbortController();
    const reason = new Error('stopped by the user');
    server.onRequest(() => cancel.abort(reason));
    const first = releaseAssets.readDigest(1, 'image.json', cancel.signal);
    const second = hostappReleases.list(APPLICATION);
    await expect(first).rejects.toBe(reason);
    expect(await second).toEqual([]);
    expect(server.requests.filter(({ path }) => path === '/actor/v1/whoami')).toHaveLength(1);
  });

  it.each([
    [404, 'upstream', 'balena.address-unknown'],
    [409, 'conflict', 'balena.conflict'],
    [412, 'conflict', 'balena.conflict'],
    [422, 'upstream', 'balena.rejected'],
    [507, 'upstream', 'balena.full'],
    [302, 'upstream', 'balena.answer-unreadable'],
  ])('that end with %i say what to do', async (status, kind, code) => {
    const { osrel, server } = await setBalenaStage();
    server.fail({
      method: 'POST',
      path: /v7\/release$/,
      times: Number.POSITIVE_INFINITY,
      fault: { kind: 'status', status, body: 'said the server' },
    });
    const draft = likeEngine(() => osrel().hostappReleases.createDraft(draftRequest()));
    await expect(draft).rejects.toMatchObject({ kind, code, hint: expect.stringMatching(/\w+ \w+/) });
  });

  it('take names with every character that a URL or a query minds', async () => {
    const { osrel } = await setBalenaStage();
    const { hostappApplications } = osrel();
    for (const name of ["o'brien/x", 'a/b&$filter=1', 'a/b#c+d', 'a/100%', 'a/ü']) {
      expect(await hostappApplications.find(name)).toBeUndefined();
      expect(await hostappApplications.findDeviceTypePrivacy(name)).toBeUndefined();
    }
    const value = `it's "50 %" & more; a+b=c #1 ü`;
    await hostappApplications.writeTag(APPLICATION, { key: "k'1", value, expected: null });
    await hostappApplications.writeTag(APPLICATION, { key: "k'1", value: 'plain', expected: value });
    expect((await hostappApplications.find(APPLICATION))?.tags).toEqual({ "k'1": 'plain' });
  });
});
