export interface PullRequest {
  readonly number: number;
  readonly headSha: string;
  readonly headRef: string;
  readonly baseRef: string;
  readonly title: string | null;
  readonly mergeSha: string | null;
}

export type RunStatus = 'queued' | 'running' | 'completed';

export type RunConclusion =
  | 'success'
  | 'failure'
  | 'cancelled'
  | 'timed-out'
  | 'skipped'
  | 'neutral'
  | 'other';

/** One named check on one commit: a test suite's run, or a whole workflow run. */
export interface CheckRun {
  readonly repository: string;
  readonly headSha: string;
  /** Device type the check is about. */
  readonly slug: string;
  /** Suite name, or the workflow's. */
  readonly name: string;
  readonly status: RunStatus;
  /** Null until completed. */
  readonly conclusion: RunConclusion | null;
  readonly summary: string;
  /** ISO 8601. */
  readonly updatedAt: string;
}

/** Pull requests and what was checked on them. */
export interface CodeHost {
  /** The merged or open pull request that brought this commit, by the host's own association, then by the commit's message. */
  findPullRequest(question: {
    readonly repository: string;
    readonly sha: string;
    readonly parents: readonly string[];
    readonly subject: string;
  }): Promise<PullRequest | undefined>;
  /** Every check known for that commit, newest of each name and device type. */
  listChecks(repository: string, headSha: string): Promise<readonly CheckRun[]>;
  /** Records that a pull request exists, where the host does not know it by itself (embedded world). */
  recordPullRequest(repository: string, pullRequest: PullRequest): Promise<void>;
  recordCheck(check: CheckRun): Promise<void>;
}
