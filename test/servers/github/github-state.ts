import type { GitHistory } from './git-history.ts';

export interface StoredPullRequest {
  readonly number: number;
  readonly title: string;
  readonly headRef: string;
  readonly headSha: string;
  readonly baseRef: string;
  /** Where the head branched off, for the list of its commits. */
  readonly baseSha: string;
  readonly mergeSha: string | null;
}

export interface StoredCheck {
  readonly id: number;
  readonly headSha: string;
  readonly name: string;
  readonly externalId: string | null;
  readonly status: string;
  readonly conclusion: string | null;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
  readonly title: string | null;
  readonly summary: string | null;
  readonly appId: number;
  readonly suiteId: number;
}

export interface StoredStatus {
  readonly id: number;
  readonly sha: string;
  readonly context: string;
  readonly state: string;
  readonly description: string | null;
  readonly at: string;
}

export interface StoredWorkflowRun {
  readonly id: number;
  readonly headSha: string;
  readonly file: string;
  readonly event: string;
  readonly attempt: number;
  readonly suiteId: number;
  readonly status: string;
  readonly conclusion: string | null;
  readonly startedAt: string;
}

/** Who a credential is and what it may do: `Checks` -> `write`. */
export interface Grant {
  readonly kind: 'user' | 'installation';
  readonly appId: number;
  readonly permissions: Readonly<Record<string, 'read' | 'write'>>;
}

export interface GithubApp {
  readonly id: number;
  /** PEM. */
  readonly publicKey: string;
  readonly installationId: number;
  readonly permissions: Grant['permissions'];
}

/** What the server knows; tests arrange it, requests change it. */
export interface GithubState {
  readonly repository: string;
  readonly isPrivate: boolean;
  readonly git: GitHistory;
  readonly pullRequests: StoredPullRequest[];
  readonly checks: StoredCheck[];
  readonly statuses: StoredStatus[];
  readonly workflowRuns: StoredWorkflowRun[];
  readonly tokens: Map<string, Grant>;
  readonly apps: GithubApp[];
  readonly nextId: () => number;
  /** Time at the server, ISO 8601 in whole seconds; each call is a second later. */
  readonly now: () => string;
}

/** The app that workflows run as. */
export const ACTIONS_APP = 15_368;

export function createGithubState(
  options: Pick<GithubState, 'repository' | 'git'> & { readonly isPrivate?: boolean },
): GithubState {
  let lastId = 1_000;
  let seconds = Date.parse('2026-11-21T06:00:00Z') / 1_000;
  return {
    isPrivate: false,
    ...options,
    pullRequests: [],
    checks: [],
    statuses: [],
    workflowRuns: [],
    tokens: new Map(),
    apps: [],
    nextId: () => {
      lastId += 1;
      return lastId;
    },
    now: () => {
      seconds += 1;
      return new Date(seconds * 1_000).toISOString().replace('.000Z', 'Z');
    },
  };
}
