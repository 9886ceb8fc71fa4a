import { join } from 'node:path';
import {
  badUsage,
  type CheckRun,
  type CodeHost,
  type OsrelError,
  type PullRequest,
  refused,
} from '@osrel/core';
import { z } from 'zod';
import type { BeforeCommit } from './atomic-file.ts';
import { findJson, writeJson } from './json-file.ts';
import { listFilesBelow, listNames } from './list-files.ts';
import { segmentOf } from './safe-segments.ts';
import type { WorldLayout } from './world-layout.ts';
import type { WorldLock } from './world-lock.ts';

export interface LocalCodeHostOptions {
  readonly layout: WorldLayout;
  readonly lock: WorldLock;
  readonly beforeCommit?: BeforeCommit | undefined;
}

const pullRequestSchema = z.object({
  number: z.number().int().positive(),
  headSha: z.string(),
  headRef: z.string(),
  baseRef: z.string(),
  title: z.string().nullable(),
  mergeSha: z.string().nullable(),
});

const checkSchema = z.object({
  repository: z.string(),
  headSha: z.string(),
  slug: z.string(),
  name: z.string(),
  status: z.enum(['queued', 'running', 'completed']),
  conclusion: z
    .enum([
      'success',
      'failure',
      'cancelled',
      'timed-out',
      'skipped',
      'neutral',
      'action-required',
      'startup-failure',
      'stale',
      'other',
    ])
    .nullable(),
  summary: z.string(),
  updatedAt: z.string(),
});

const COMMIT = /^([0-9a-f]{40}|[0-9a-f]{64})$/;
const MERGE_SUBJECT = /^Merge pull request #([0-9]+)(?: |$)/;
const TRAILING_NUMBER = /\(#([0-9]+)\)$/;

type Question = Parameters<CodeHost['findPullRequest']>[0];

/**
 * Pull requests and checks as one JSON file each below `code-host/<owner>/<name>/`; each record is one atomic
 * rename. An older report about a check never replaces a newer one.
 */
export function createLocalCodeHost({ layout, lock, beforeCommit }: LocalCodeHostOptions): CodeHost {
  const pullRequestPath = (repository: string, number: number) =>
    join(layout.repositoryFolder(repository), 'pull-requests', `${number}.json`);
  const checksFolder = (repository: string, headSha: string) =>
    join(layout.repositoryFolder(repository), 'checks', checkCommit(headSha));
  return {
    async findPullRequest(question) {
      const folder = join(layout.repositoryFolder(question.repository), 'pull-requests');
      const names = await listNames(folder);
      const found = await Promise.all(names.map((name) => findJson(join(folder, name), pullRequestSchema)));
      return choosePullRequest(
        found.filter((one) => one !== undefined),
        question,
      );
    },
    async listChecks({ repository, headSha, slug, entries }) {
      const folder = checksFolder(repository, headSha);
      const asked = new Set(entries.map((entry) => entry.id));
      const found = await Promise.all(
        (await listFilesBelow(folder)).map((name) => findJson(join(folder, name), checkSchema)),
      );
      const checks = found
        .filter((check) => check !== undefined)
        .filter((check) => check.slug === slug && asked.has(check.name));
      return { checks, trace: [] };
    },
    async recordPullRequest(repository, pullRequest) {
      const checked = pullRequestSchema.parse(pullRequest);
      for (const sha of [checked.headSha, ...(checked.mergeSha === null ? [] : [checked.mergeSha])])
        checkCommit(sha);
      await writeJson(pullRequestPath(repository, checked.number), checked, beforeCommit);
    },
    async recordCheck(check) {
      const path = join(
        checksFolder(check.repository, check.headSha),
        segmentOf(check.slug),
        `${segmentOf(check.name)}.json`,
      );
      await lock(`check ${path}`, async () => {
        const before = await findJson(path, checkSchema);
        if (before === undefined || !isNewer(before, check))
          await writeJson(path, checkSchema.parse(check), beforeCommit);
      });
    },
    // Nobody looks at a commit in a directory; runs are told about by `osrel runs`.
    reportStage: async () => {},
  };
}

function isNewer(a: CheckRun, b: CheckRun): boolean {
  return Date.parse(a.updatedAt) > Date.parse(b.updatedAt);
}

/**
 * The pull request that brought a commit: by its merge commit; by its head, which is the commit itself or a parent
 * that a merge brought in; by the number that the subject names. Several by one of these is refused.
 */
function choosePullRequest(all: readonly PullRequest[], question: Question): PullRequest | undefined {
  // The first parent is the line it went into; what was proven there says nothing about this commit (W14).
  const heads = new Set([question.sha, ...question.parents.slice(1)]);
  const number = numberOf(question.subject);
  // A number counts only where the pull request is not known to have been merged as another commit (cherry-picks keep the subject).
  const byNumber = ({ number: own, mergeSha }: PullRequest) =>
    own === number && (mergeSha === null || mergeSha === question.sha);
  const ways = [
    all.filter(({ mergeSha }) => mergeSha === question.sha),
    all.filter(({ headSha }) => heads.has(headSha)),
    all.filter(byNumber),
  ];
  const matches = ways.find((way) => way.length > 0) ?? [];
  if (matches.length > 1) throw ambiguous(question, matches);
  return matches[0];
}

function numberOf(subject: string): number | undefined {
  const digits = MERGE_SUBJECT.exec(subject)?.[1] ?? TRAILING_NUMBER.exec(subject.trimEnd())?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function ambiguous({ repository, sha }: Question, matches: readonly PullRequest[]): OsrelError {
  const numbers = matches.map(({ number }) => `#${number}`).join(' and ');
  return refused(
    'pull-request.ambiguous',
    `commit ${sha} of ${repository} belongs to pull requests ${numbers}; osrel does not guess`,
    {
      hint: 'finalize by hand with a reason, once you know whose tests count',
      details: { repository, sha, pullRequests: matches.map(({ number }) => number) },
    },
  );
}

function checkCommit(sha: string): string {
  if (COMMIT.test(sha)) return sha;
  throw badUsage('commit.malformed', `${JSON.stringify(sha)} is no full commit id`);
}
