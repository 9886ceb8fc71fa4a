import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readPayload } from '../payloads/read-payload.ts';
import type { TinyCheckout } from './tiny-checkout.ts';

/** The repository of the payloads in test/payloads/github. */
export const REPOSITORY = 'balena-os/balena-raspberrypi';

export interface GithubEvent {
  readonly name: string;
  /** File of test/payloads/github without its ending. */
  readonly payload: string;
  /** Values by key path. */
  readonly change?: Readonly<Record<string, unknown>>;
  readonly ref?: string;
  readonly sha?: string;
}

/** The variables of a workflow run that got this event, with its payload in a file beside the checkout. */
export async function githubEnvironment(
  checkout: TinyCheckout,
  event: GithubEvent,
): Promise<Readonly<Record<string, string>>> {
  const file = join(checkout.path, '..', 'event.json');
  await writeFile(file, JSON.stringify(readPayload(event.payload, event.change)));
  return {
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_EVENT_NAME: event.name,
    GITHUB_EVENT_PATH: file,
    GITHUB_REPOSITORY: REPOSITORY,
    GITHUB_REF: event.ref ?? 'refs/heads/master',
    GITHUB_SHA: event.sha ?? checkout.head(),
    GITHUB_ACTOR: 'octo-reviewer',
    GITHUB_RUN_ID: '4711',
  };
}

/** The event of opening a pull request with the checkout's head. */
export async function pullRequestOpened(checkout: TinyCheckout, number: number) {
  return githubEnvironment(checkout, {
    name: 'pull_request',
    payload: 'pull-request-opened',
    change: {
      number,
      'pull_request.number': number,
      'pull_request.head.sha': checkout.head(),
      'pull_request.head.ref': `change-${number}`,
    },
  });
}

/** The event of pushing a tag that names the checkout's head. */
export async function tagPushed(checkout: TinyCheckout, tag: string) {
  return githubEnvironment(checkout, {
    name: 'push',
    payload: 'push-tag',
    change: { ref: `refs/tags/${tag}`, after: checkout.head(), 'head_commit.id': checkout.head() },
    ref: `refs/tags/${tag}`,
  });
}

/** Merges a branch as the code host does, lets a bot raise the version, and tags that commit. */
export async function mergeAndTag(
  checkout: TinyCheckout,
  merge: {
    readonly number: number;
    readonly branch: string;
    readonly base: string;
    readonly version: string;
  },
): Promise<void> {
  const { number, branch, base, version } = merge;
  checkout.git('checkout', '-q', base);
  checkout.git(
    'merge',
    '-q',
    '--no-ff',
    branch,
    '-m',
    `Merge pull request #${number} from balena-os/${branch}`,
  );
  await checkout.commit(`v${version}`, { VERSION: `${version}\n` });
  checkout.git('tag', '-a', '-m', `v${version}`, `v${version}`);
}
