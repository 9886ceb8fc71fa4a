import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { git, NAME, WORK, write } from './theatre.ts';

const ZERO = '0'.repeat(40);

/** Commits a change on a branch of its own and answers the file with the event that opening its pull request sends. */
export function openPullRequest(request: {
  readonly number: number;
  readonly branch: string;
  readonly base: string;
  readonly title: string;
  readonly change: () => void;
}): string {
  git('checkout', '--quiet', '-b', request.branch, request.base);
  request.change();
  git('add', '--all');
  git('commit', '--quiet', '-m', `${request.title}\n\nChange-type: patch`);
  return writeEvent(`pull-request-${request.number}`, {
    action: 'opened',
    number: request.number,
    pull_request: {
      number: request.number,
      title: request.title,
      merged: false,
      head: { ref: request.branch, sha: git('rev-parse', 'HEAD'), repo: { full_name: NAME } },
      base: { ref: request.base, repo: { full_name: NAME } },
    },
    repository: { full_name: NAME },
  });
}

/** Merges the pull request, lets the version be raised as a bot would, tags it, and answers the tag's event file. */
export function mergeAndTag(request: {
  readonly number: number;
  readonly branch: string;
  readonly base: string;
  readonly version: string;
}): string {
  const { number, branch, base, version } = request;
  git('checkout', '--quiet', base);
  git(
    'merge',
    '--quiet',
    '--no-ff',
    branch,
    '-m',
    `Merge pull request #${number} from ${NAME.split('/')[0]}/${branch}`,
  );
  write('VERSION', `${version}\n`);
  git('commit', '--quiet', '--all', '--allow-empty', '-m', `v${version}`);
  git('tag', '--annotate', '-m', `v${version}`, `v${version}`);
  return writeEvent(`tag-${version}`, {
    ref: `refs/tags/v${version}`,
    before: ZERO,
    after: git('rev-parse', 'HEAD'),
    created: true,
    deleted: false,
    forced: false,
    head_commit: { id: git('rev-parse', 'HEAD') },
    repository: { full_name: NAME },
  });
}

function writeEvent(name: string, payload: unknown): string {
  const folder = join(WORK, 'events');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.json`);
  writeFileSync(file, `${JSON.stringify(payload, null, 2)}\n`);
  return `../events/${name}.json`;
}
