import { describe, expect, it } from 'vitest';
import { failureOf, SECRET, start, verdictOn } from './github-under-test.ts';

const PAGE = { headers: { 'content-type': 'text/html' }, body: '<html>Please log in</html>' };
const route = /check-runs$/;

describe('failures of GitHub that pass', () => {
  it.each([500, 502, 503, 504])('reads again after %i', async (status) => {
    const { list, server, clock } = await start();
    server.faults.add({ fault: { kind: 'answer', status }, route, times: 2 });
    expect((await list()).checks).toHaveLength(1);
    expect(clock.sleeps.filter((ms) => ms < 60_000)).toEqual([1_000, 2_000]);
  });

  it.each(['reset', 'lost-answer', 'truncated', 'slow'] as const)(
    'reads all of it after %s',
    async (kind) => {
      const { list, server } = await start();
      server.faults.add({ fault: { kind }, route });
      expect((await list()).checks).toHaveLength(1);
    },
  );

  it.each([200, 502])('takes the page of a proxy with status %i for no answer', async (status) => {
    const { list, server } = await start();
    server.faults.add({ fault: { kind: 'answer', status, ...PAGE }, route });
    expect((await list()).checks).toHaveLength(1);
  });

  it('waits as long as Retry-After says', async () => {
    const { list, server, clock } = await start();
    const fault = { kind: 'answer', status: 429, headers: { 'retry-after': '17' } } as const;
    server.faults.add({ fault, route });
    expect((await list()).checks).toHaveLength(1);
    expect(clock.sleeps).toContain(17_000);
  });

  it('waits until the rate limit is reset, when that is soon', async () => {
    const { list, server, clock } = await start();
    const reset = `${Date.parse(clock.now()) / 1_000 + 20}`;
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset };
    server.faults.add({ fault: { kind: 'answer', status: 403, headers }, route });
    expect((await list()).checks).toHaveLength(1);
    expect(clock.sleeps).toContain(21_000);
  });

  it('gives up on an answer that stops, by silence and not by duration', async () => {
    const { list, server, clock } = await start();
    server.faults.add({ fault: { kind: 'silence' }, route });
    const listed = list();
    await server.untilServed(route);
    clock.advance(90_000);
    expect((await listed).checks).toHaveLength(1);
  });
});

describe('failures of GitHub that stay', () => {
  it.each([
    [{ kind: 'answer', status: 503 }, 'github.unavailable'],
    [{ kind: 'answer', status: 502, ...PAGE }, 'github.unavailable'],
    [{ kind: 'answer', status: 200, ...PAGE }, 'github.not-json'],
    [{ kind: 'answer', status: 200, body: '{"total_count":0}' }, 'github.malformed'],
    [{ kind: 'answer', status: 429 }, 'github.rate-limited'],
    [{ kind: 'reset' }, 'github.unreachable'],
    [{ kind: 'truncated' }, 'github.unreachable'],
  ] as const)('is an error after five times, never "no checks": %j', async (fault, code) => {
    const { list, server } = await start();
    server.faults.add({ fault, route, times: 99 });
    expect(await failureOf(list())).toMatchObject({ kind: 'upstream', code, retryable: true });
    expect(server.requests.filter((each) => route.test(each.route))).toHaveLength(5);
  });

  it.each([/\/status$/, /actions\/runs$/, /check-runs$/])('needs every list: %s', async (which) => {
    const { list, server } = await start();
    server.faults.add({ fault: { kind: 'answer', status: 500 }, route: which, times: 99 });
    await failureOf(list());
  });

  it.each([409, 412, 400])('does not repeat %i', async (status) => {
    const { list, server } = await start();
    server.faults.add({ fault: { kind: 'answer', status }, route, times: 99 });
    const { retryable, kind } = await failureOf(list());
    expect({ retryable, kind }).toEqual({ retryable: false, kind: status === 409 ? 'conflict' : 'upstream' });
    expect(server.requests.filter((each) => route.test(each.route))).toHaveLength(1);
  });

  it('does not sleep for an hour: a far reset ends it, to be repeated later', async () => {
    const { list, server } = await start();
    const fault = { kind: 'answer', status: 429, headers: { 'retry-after': '3600' } } as const;
    server.faults.add({ fault, route, times: 99 });
    expect(await failureOf(list())).toMatchObject({ code: 'github.rate-limited', retryable: true });
  });

  it('says so when nobody is there', async () => {
    const { connect, list } = await start();
    const host = connect({ api: 'http://127.0.0.1:1' });
    expect(await failureOf(list(host))).toMatchObject({ code: 'github.unreachable', retryable: true });
  });

  it('ends at once with the signal', async () => {
    const { connect, list, server } = await start();
    const stop = new AbortController();
    server.faults.add({ fault: { kind: 'silence' }, route });
    const listed = failureOf(list(connect({ signal: stop.signal })));
    await server.untilServed(route);
    stop.abort();
    expect(await listed).toMatchObject({ kind: 'cancelled', code: 'github.cancelled' });
  });
});

describe('what a credential may not do at GitHub', () => {
  it('names the variable of a token that is not accepted', async () => {
    const { connect, list } = await start();
    const credential = { kind: 'token', token: `${SECRET}_old`, from: 'DEPLOY_TOKEN' } as const;
    const error = await failureOf(list(connect({ readCredential: () => credential })));
    expect(error).toMatchObject({ kind: 'permission', code: 'github.credential-rejected' });
    expect(error.message).toContain('DEPLOY_TOKEN');
  });

  it('names the permission that a token lacks, where GitHub only says 404', async () => {
    const { connect, list, grant } = await start({ isPrivate: true });
    const credential = grant('ghp_weak', { permissions: { 'Commit statuses': 'read', Actions: 'read' } });
    const error = await failureOf(list(connect({ readCredential: () => credential })));
    expect(error).toMatchObject({ kind: 'permission', code: 'github.not-found' });
    expect(error.hint).toContain('Checks: read');
    expect(error.message).toContain('GITHUB_TOKEN');
  });

  it('names the permission that writing needs', async () => {
    const world = await start();
    const credential = world.grant('ghs_reader', { kind: 'installation', permissions: { Checks: 'read' } });
    const host = world.connect({ readCredential: () => credential });
    const error = await failureOf(host.recordCheck(verdictOn(world, world.headSha)));
    expect(error).toMatchObject({ kind: 'permission', code: 'github.forbidden' });
    expect(error.hint).toContain('Checks: write');
  });

  it('reads a public repository without any credential, and a private one not', async () => {
    expect((await (await start({ credential: 'nobody' })).list()).checks).toHaveLength(1);
    const hidden = await start({ credential: 'nobody', isPrivate: true });
    expect(await failureOf(hidden.list())).toMatchObject({ code: 'github.not-found' });
  });

  it('says where an app is not installed', async () => {
    const { connect, list, installApp, state } = await start();
    const credential = installApp();
    state.apps.splice(0);
    const error = await failureOf(list(connect({ readCredential: () => credential })));
    expect(error).toMatchObject({ kind: 'permission', code: 'github.credential-rejected' });
    expect(error.message).toContain('APP_ID and APP_KEY');
  });
});
