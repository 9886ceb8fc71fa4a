import { randomUUID } from 'node:crypto';
import type { CheckRun, CodeHost, PullRequest } from '@osrel/core';
import { describe, expect, it } from 'vitest';

const sha = (digit: string) => digit.repeat(40);

/** What a code host must do that can be told about pull requests and checks. */
export function describeCodeHost(name: string, make: () => Promise<CodeHost>): void {
  const start = async (...pullRequests: PullRequest[]) => {
    const host = await make();
    const repository = `acme/contract-${randomUUID().slice(0, 8)}`;
    for (const pullRequest of pullRequests) await host.recordPullRequest(repository, pullRequest);
    const ask = (change: { sha?: string; parents?: string[]; subject?: string }) =>
      host.findPullRequest({
        repository,
        sha: sha('f'),
        parents: [],
        subject: 'Update something',
        ...change,
      });
    return { host, repository, ask };
  };
  const pullRequest = (number: number, headSha: string, mergeSha: string | null = null): PullRequest => ({
    number,
    headSha,
    headRef: `topic-${number}`,
    baseRef: 'main',
    title: `Change ${number}`,
    mergeSha,
  });

  describe(`${name} as a code host`, () => {
    it('finds the pull request that a commit merged', async () => {
      const one = pullRequest(1, sha('1'), sha('a'));
      const { ask } = await start(one, pullRequest(2, sha('2'), sha('b')));
      expect(await ask({ sha: sha('a') })).toEqual(one);
    });

    it('finds it by the parent that a merge brought in, not by the line it went into', async () => {
      const { ask } = await start(pullRequest(1, sha('1')), pullRequest(2, sha('2')));
      expect((await ask({ parents: [sha('1'), sha('2')] }))?.number).toBe(2);
      expect((await ask({ parents: [sha('1')] }))?.number).toBe(1);
    });

    it.each([
      ['Merge pull request #12 from acme/topic', 12],
      ['Update the kernel (#12)', 12],
      ['Revert "Update the kernel (#7)" (#12)', 12],
      ['Update the kernel, see #12', undefined],
      ['Fix (#12) once more', undefined],
    ])('reads the subject %j as pull request %s', async (subject, number) => {
      const { ask } = await start(pullRequest(12, sha('1')), pullRequest(7, sha('2')));
      expect((await ask({ subject }))?.number).toBe(number);
    });

    it('does not believe a subject that names a pull request merged as another commit', async () => {
      const { ask } = await start(pullRequest(12, sha('1'), sha('a')));
      expect(await ask({ subject: 'Update the kernel (#12)' })).toBeUndefined();
    });

    it('refuses to guess between two pull requests with the same head', async () => {
      const { ask } = await start(pullRequest(1, sha('1')), pullRequest(2, sha('1')));
      await expect(ask({ parents: [sha('0'), sha('1')] })).rejects.toMatchObject({
        code: 'pull-request.ambiguous',
      });
    });

    it('answers undefined for a commit that nothing points at', async () => {
      const { ask } = await start(pullRequest(1, sha('1'), sha('a')));
      expect(await ask({})).toBeUndefined();
    });

    it('keeps the newest report of each check', async () => {
      const { host, repository } = await start();
      const check = (updatedAt: string, change: Partial<CheckRun> = {}): CheckRun => ({
        repository,
        headSha: sha('1'),
        slug: 'raspberrypi4-64',
        name: 'os',
        status: 'completed',
        conclusion: 'success',
        summary: '',
        updatedAt,
        ...change,
      });
      const running = check('2026-11-21T04:00:00.000Z', { status: 'running', conclusion: null });
      const passed = check('2026-11-21T05:00:00.000Z');
      const other = check('2026-11-21T03:00:00.000Z', { name: 'cloud / all', conclusion: 'failure' });
      for (const one of [running, passed, other, running]) await host.recordCheck(one);
      const listed = (await host.listChecks(repository, sha('1'))).toSorted((a, b) =>
        a.name < b.name ? -1 : 1,
      );
      expect(listed).toEqual([other, passed]);
      expect(await host.listChecks(repository, sha('2'))).toEqual([]);
    });
  });
}
