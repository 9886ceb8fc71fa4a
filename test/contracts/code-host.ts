import type { CheckRun, CodeHost, PullRequest, StageReport } from '@osrel/core';
import { describe, expect, it } from 'vitest';

/** A code host with one repository, and the means to arrange what people and other programs do there. */
export interface CodeHostWorld {
  readonly host: CodeHost;
  readonly repository: string;
  /** A commit on the main branch that no pull request points at. */
  readonly commit: () => Promise<string>;
  /** An open pull request; `headSha` where it has the head of another one. */
  readonly open: (number: number, headSha?: string) => Promise<PullRequest>;
  /** One that was merged into the main branch. */
  readonly merge: (number: number) => Promise<PullRequest>;
  /** One that was merged where the host does not say so by itself: only the subject of the commit tells. */
  readonly mergeUnseen: (number: number) => Promise<{ readonly sha: string; readonly parents: string[] }>;
}

const SLUG = 'raspberrypi4-64';

/** What a code host must do that can be told about pull requests and checks. */
export function describeCodeHost(name: string, make: () => Promise<CodeHostWorld>): void {
  const start = async () => {
    const world = await make();
    const { host, repository } = world;
    const ask = async (change: { sha?: string; parents?: string[]; subject?: string }) =>
      host.findPullRequest({
        repository,
        sha: change.sha ?? (await world.commit()),
        parents: [],
        subject: 'Update something',
        ...change,
      });
    const list = async (headSha: string, ...ids: string[]) => {
      const entries = ids.map((id) => ({ id, suite: id }));
      const { checks } = await host.listChecks({ repository, headSha, slug: SLUG, entries, otherSlugs: [] });
      return checks.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    };
    const checkOn = (headSha: string, updatedAt: string, change: Partial<CheckRun> = {}): CheckRun => ({
      repository,
      headSha,
      slug: SLUG,
      name: 'os',
      status: 'completed',
      conclusion: 'success',
      summary: '',
      updatedAt,
      ...change,
    });
    return { ...world, ask, list, checkOn };
  };

  describe(`${name} as a code host`, () => {
    it('finds the pull request that a commit merged', async () => {
      const { ask, merge } = await start();
      const one = await merge(1);
      await merge(2);
      expect(one.mergeSha).not.toBeNull();
      expect(await ask({ sha: one.mergeSha ?? '' })).toEqual(one);
    });

    it('finds it by its head', async () => {
      const { ask, open } = await start();
      const one = await open(1);
      expect(await ask({ sha: one.headSha })).toEqual({ ...one, mergeSha: null });
    });

    it('finds it by the parent that a merge brought in, not by the line it went into', async () => {
      const { ask, open } = await start();
      const [one, two] = [await open(1), await open(2)];
      expect((await ask({ parents: [one.headSha, two.headSha] }))?.number).toBe(2);
    });

    it('does not hand the pull request of a commit down to the next one', async () => {
      const { ask, merge } = await start();
      const one = await merge(1);
      expect(await ask({ parents: [one.headSha] })).toBeUndefined();
      expect(await ask({ parents: [one.mergeSha ?? ''] })).toBeUndefined();
    });

    it.each([
      ['Merge pull request #12 from acme/topic', 12],
      ['Update the kernel (#12)', 12],
      ['Revert "Update the kernel (#7)" (#12)', 12],
      ['Update the kernel, see #12', undefined],
      ['Fix (#12) once more', undefined],
      ['Merge pull request #99 from acme/topic', undefined],
    ])('reads the subject %j as pull request %s', async (subject, number) => {
      const { ask, open, mergeUnseen } = await start();
      const { sha, parents } = await mergeUnseen(12);
      await open(7);
      expect((await ask({ sha, parents: parents.slice(0, 1), subject }))?.number).toBe(number);
    });

    it('does not believe a subject that names a pull request merged as another commit', async () => {
      const { ask, merge } = await start();
      await merge(12);
      expect(await ask({ subject: 'Update the kernel (#12)' })).toBeUndefined();
    });

    it('refuses to guess between two pull requests with the same head', async () => {
      const { ask, open, commit } = await start();
      const { headSha } = await open(1);
      await open(2, headSha);
      await expect(ask({ parents: [await commit(), headSha] })).rejects.toMatchObject({
        code: 'pull-request.ambiguous',
      });
    });

    it('answers undefined for a commit that nothing points at', async () => {
      const { ask, merge } = await start();
      await merge(1);
      expect(await ask({})).toBeUndefined();
    });

    it('keeps the newest report of each check', async () => {
      const { host, open, list, checkOn } = await start();
      const [one, two] = [await open(1), await open(2)];
      const running = checkOn(one.headSha, '2026-11-21T04:00:00.000Z', {
        status: 'running',
        conclusion: null,
      });
      const passed = checkOn(one.headSha, '2026-11-21T05:00:00.000Z');
      const other = checkOn(one.headSha, '2026-11-21T03:00:00.000Z', {
        name: 'cloud / all',
        conclusion: 'failure',
        summary: '2 failed',
      });
      for (const check of [running, passed, other, running]) await host.recordCheck(check);
      expect(await list(one.headSha, 'os', 'cloud / all')).toMatchObject([other, passed]);
      expect(await list(one.headSha, 'os')).toMatchObject([passed]);
      expect(await list(two.headSha, 'os')).toEqual([]);
    });

    it('keeps the verdict of a suite that ran again', async () => {
      const { host, open, list, checkOn } = await start();
      const { headSha } = await open(1);
      const failed = checkOn(headSha, '2026-11-21T04:00:00.000Z', { conclusion: 'failure' });
      const passed = checkOn(headSha, '2026-11-21T05:00:00.000Z');
      for (const check of [failed, passed, passed]) await host.recordCheck(check);
      expect(await list(headSha, 'os')).toMatchObject([passed]);
    });

    it('never takes the check of another device type', async () => {
      const { host, open, list, checkOn } = await start();
      const { headSha } = await open(1);
      await host.recordCheck(checkOn(headSha, '2026-11-21T04:00:00.000Z', { slug: 'raspberrypi5' }));
      expect(await list(headSha, 'os')).toEqual([]);
    });

    it('never takes the report of a stage for the verdict of a suite', async () => {
      const { host, repository, open, list } = await start();
      const { headSha } = await open(1);
      const report: StageReport = {
        repository,
        headSha,
        slug: SLUG,
        stage: 'test',
        runId: 'run-1',
        state: 'success',
        title: 'done',
        summary: 'All of it.',
        startedAt: '2026-11-21T04:00:00.000Z',
        updatedAt: '2026-11-21T05:00:00.000Z',
      };
      await host.reportStage(report);
      expect(await list(headSha, 'test')).toEqual([]);
    });

    it('takes a suite that is named like a stage for what it is', async () => {
      const { host, open, list, checkOn } = await start();
      const { headSha } = await open(1);
      const passed = checkOn(headSha, '2026-11-21T05:00:00.000Z', { name: 'test' });
      await host.recordCheck(passed);
      expect(await list(headSha, 'test')).toMatchObject([passed]);
    });
  });
}
