import { describe, expect, it } from 'vitest';
import type { GithubWorld } from '../servers/github/make-github-world.ts';
import { failureOf, SLUG, start, verdictOn } from './github-under-test.ts';

const route = /check-runs$/;

describe('writing at GitHub', () => {
  it.each(['lost-answer', 'reset', 'truncated', 'silence'] as const)(
    'records a verdict once, whatever happens to its reply: %s',
    async (kind) => {
      const world = await start();
      const { host, headSha, state, server, clock } = world;
      server.faults.add({ fault: { kind }, method: 'POST' });
      const written = host.recordCheck(verdictOn(world, headSha));
      if (kind === 'silence') {
        await server.untilServed(/^POST/);
        clock.advance(90_000);
      }
      await written;
      const own = state.checks.filter((check) => check.name === 'osrel / raspberrypi5 / hup');
      expect(own).toMatchObject([{ status: 'completed', conclusion: 'success', title: '12 passed' }]);
    },
  );

  it('gives up after five writes and five looks, and may be repeated later', async () => {
    const world = await start();
    const { host, headSha, server } = world;
    const fault = { kind: 'answer', status: 502 } as const;
    server.faults.add({ fault, method: 'POST', times: 99 });
    expect(await failureOf(host.recordCheck(verdictOn(world, headSha)))).toMatchObject({ retryable: true });
    expect(server.requests.filter((each) => each.route.startsWith('POST'))).toHaveLength(5);
    server.faults.add({ fault, method: 'GET', times: 99 });
    const before = server.requests.length;
    await failureOf(host.recordCheck(verdictOn(world, headSha)));
    expect(server.requests.length - before).toBe(5);
  });

  it('writes nothing when it is asked again', async () => {
    const world = await start();
    await world.host.recordCheck(verdictOn(world, world.headSha));
    await world.host.recordCheck(verdictOn(world, world.headSha));
    expect(world.server.requests.filter((each) => each.route.startsWith('POST'))).toHaveLength(1);
  });

  it('sees a verdict that a replica did not show at first', async () => {
    const world = await start();
    const { host, headSha, state, server } = world;
    await host.recordCheck(verdictOn(world, headSha));
    server.faults.add({ fault: { kind: 'lag' }, method: 'GET', route });
    await host.recordCheck(verdictOn(world, headSha));
    const { checks } = await host.listChecks({
      repository: world.repository,
      headSha,
      slug: SLUG,
      entries: [{ id: 'hup', suite: 'hup' }],
      otherSlugs: [],
    });
    // Written twice, as nobody could know; both say the same, and the newest counts.
    expect(checks).toMatchObject([{ conclusion: 'success' }]);
    expect(
      new Set(state.checks.filter(({ name }) => name.endsWith('hup')).map((each) => each.conclusion)),
    ).toEqual(new Set(['success']));
  });

  it('records the verdict as a commit status with the token of a person, and finds it again', async () => {
    const world = await start();
    const credential = world.grant('ghp_person', { kind: 'user' });
    const host = world.connect({ readCredential: () => credential });
    world.server.faults.add({ fault: { kind: 'lost-answer' }, method: 'POST' });
    await host.recordCheck(verdictOn(world, world.headSha));
    expect(world.state.statuses).toMatchObject([
      { context: 'osrel / raspberrypi5 / hup', state: 'success', description: '12 passed' },
    ]);
    const entries = [{ id: 'hup', suite: 'hup' }];
    const { repository, headSha } = world;
    const question = { repository, headSha, slug: SLUG, entries, otherSlugs: null };
    expect((await host.listChecks(question)).checks).toMatchObject([{ conclusion: 'success' }]);
  });
});

describe('stages on a commit at GitHub', () => {
  const report = (
    world: GithubWorld,
    headSha: string,
    state: 'pending' | 'success' | 'failure',
    runId = 'run-1',
  ) => ({
    repository: world.repository,
    headSha,
    slug: SLUG,
    stage: 'deploy' as const,
    runId,
    state,
    title: `deploy ${state} ${'x'.repeat(200)}`,
    summary: '| Step | Outcome |',
    startedAt: '2026-11-21T04:00:00.000Z',
    updatedAt: state === 'pending' ? '2026-11-21T04:00:00.000Z' : '2026-11-21T05:00:00.000Z',
  });

  it('is one check run of the app for each run, also of one that is resumed', async () => {
    const world = await start({ credential: 'app' });
    const { host, headSha, state } = world;
    const own = () => state.checks.filter(({ name }) => name === 'osrel / raspberrypi5 / deploy');
    await host.reportStage(report(world, headSha, 'pending'));
    expect(own()).toMatchObject([{ status: 'in_progress', conclusion: null, externalId: 'run-1' }]);
    await host.reportStage(report(world, headSha, 'failure'));
    expect(own()).toMatchObject([{ status: 'completed', conclusion: 'failure' }]);
    const resumed = { updatedAt: '2026-11-21T06:00:00.000Z' };
    await host.reportStage({ ...report(world, headSha, 'pending'), ...resumed });
    await host.reportStage({ ...report(world, headSha, 'success'), ...resumed });
    expect(own()).toMatchObject([{ status: 'completed', conclusion: 'success', externalId: 'run-1' }]);
    await host.reportStage(report(world, headSha, 'pending', 'run-2'));
    expect(own()).toHaveLength(2);
  });

  it('is a commit status with a token, cut to what GitHub takes', async () => {
    const world = await start();
    const { host, headSha, state } = world;
    for (const word of ['pending', 'success', 'success'] as const)
      await host.reportStage(report(world, headSha, word));
    expect(state.statuses.map((each) => each.state)).toEqual(['pending', 'success']);
    expect(state.statuses[0]?.context).toBe('osrel / raspberrypi5 / deploy');
    expect(state.statuses[0]?.description).toHaveLength(140);
  });

  it('is left out where nobody is logged in', async () => {
    const world = await start({ credential: 'nobody' });
    await world.host.reportStage(report(world, world.headSha, 'pending'));
    expect(world.server.requests).toEqual([]);
  });
});
