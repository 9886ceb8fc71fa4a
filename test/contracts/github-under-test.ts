import { type CheckRun, OsrelError } from '@osrel/core';
import { expect } from 'vitest';
import { type GithubWorld, makeGithubWorld } from '../servers/github/make-github-world.ts';
import { runWorkflow } from '../servers/github/run-workflow.ts';

export const SLUG = 'raspberrypi5';
export const SECRET = 'ghs_workflow';

/** A pull request whose suite os succeeded; `list` asks for its checks. */
export async function start(options: Parameters<typeof makeGithubWorld>[0] = {}) {
  const world = await makeGithubWorld(options);
  const { headSha } = await world.open(1);
  runWorkflow(world.state, { headSha, jobs: { os: 'success' } });
  const list = (host = world.host) =>
    host.listChecks({
      repository: world.repository,
      headSha,
      slug: SLUG,
      entries: [{ id: 'os', suite: 'os' }],
      otherSlugs: [],
    });
  return { ...world, headSha, list };
}

/** What suite hup found. */
export function verdictOn({ repository }: GithubWorld, headSha: string): CheckRun {
  return {
    repository,
    headSha,
    slug: SLUG,
    name: 'hup',
    status: 'completed',
    conclusion: 'success',
    summary: '12 passed',
    updatedAt: '2026-11-21T05:00:00.000Z',
  };
}

/** What the work throws: an error of osrel with a hint, and without any secret. */
export async function failureOf(work: Promise<unknown>): Promise<OsrelError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof OsrelError)) throw new Error(`no OsrelError: ${String(error)}`);
  const { message, hint, details } = error;
  expect(`${message} ${hint} ${JSON.stringify(details)}`).not.toContain(SECRET);
  expect(hint).toBeDefined();
  return error;
}
