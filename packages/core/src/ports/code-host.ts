import type { Stage } from '../model/stage.ts';

export interface PullRequest {
  readonly number: number;
  readonly headSha: string;
  readonly headRef: string;
  readonly baseRef: string;
  readonly title: string | null;
  readonly mergeSha: string | null;
}

export type RunStatus = 'queued' | 'running' | 'completed';

/** How a run ended. Only `success` is evidence; `other` is a word that osrel does not know. */
export type RunConclusion =
  | 'success'
  | 'failure'
  | 'cancelled'
  | 'timed-out'
  | 'skipped'
  | 'neutral'
  | 'action-required'
  | 'startup-failure'
  | 'stale'
  | 'other';

/** One named check on one commit: what is known there about an entry of the test matrix. */
export interface CheckRun {
  readonly repository: string;
  readonly headSha: string;
  /** Device type the check is about. */
  readonly slug: string;
  /** Id of the test matrix entry, mostly the suite's name. */
  readonly name: string;
  readonly status: RunStatus;
  /** Null until completed. */
  readonly conclusion: RunConclusion | null;
  readonly summary: string;
  /** ISO 8601. */
  readonly updatedAt: string;
  /** Where the code host has it, for people: its names there and how each ended. Absent: under `name`. */
  readonly source?: string;
}

/** Asks for the checks of one device type on one commit. */
export interface CheckQuestion {
  /** `owner/name`. */
  readonly repository: string;
  /** Full commit id. */
  readonly headSha: string;
  readonly slug: string;
  /** Entries of the test matrix that are asked about; `suite` finds the names that are configured for it. */
  readonly entries: readonly { readonly id: string; readonly suite: string }[];
  /**
   * The other device types of the repository. A check about one of them never counts; one that names no device type
   * counts only where there is no other. Null: not known, so only checks that name `slug` count.
   */
  readonly otherSlugs: readonly string[] | null;
}

/** What a code host knows about the entries that were asked about. */
export interface CheckList {
  /** At most one an entry; an entry without any is left out. */
  readonly checks: readonly CheckRun[];
  /** What was seen and not counted, with the reason, for people. */
  readonly trace: readonly string[];
}

/** How far one stage of a run has come, for people who look at the commit. */
export interface StageReport {
  readonly repository: string;
  readonly headSha: string;
  readonly slug: string;
  readonly stage: Stage;
  /** The run that reports; a later report of the same run replaces an earlier one, also after a resume. */
  readonly runId: string;
  readonly state: 'pending' | 'success' | 'failure';
  /** One line. */
  readonly title: string;
  /** Markdown. */
  readonly summary: string;
  /** ISO 8601: when the stage began and when this was true. */
  readonly startedAt: string;
  readonly updatedAt: string;
}

/** Pull requests and what was checked on them. */
export interface CodeHost {
  /**
   * The merged or open pull request that brought this commit, by the host's own association, then by the number in
   * the commit's subject. Throws refused `pull-request.ambiguous`; a host that cannot be asked is an error.
   */
  findPullRequest(question: {
    readonly repository: string;
    readonly sha: string;
    readonly parents: readonly string[];
    readonly subject: string;
  }): Promise<PullRequest | undefined>;
  /**
   * What is known on that commit about each entry; of several runs the newest attempt of each, and of those the worst.
   * A host that cannot be asked is an error, never an empty list.
   */
  listChecks(question: CheckQuestion): Promise<CheckList>;
  /** Records that a pull request exists, where the host does not know it by itself (embedded world). */
  recordPullRequest(repository: string, pullRequest: PullRequest): Promise<void>;
  /** Records a verdict; an older report about a check never replaces a newer one. */
  recordCheck(check: CheckRun): Promise<void>;
  /** Shows on the commit how far a stage has come; does nothing where the host has no place for it. */
  reportStage(report: StageReport): Promise<void>;
}
