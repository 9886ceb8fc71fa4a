export interface SourceHead {
  /** Absolute path of the repository root. */
  readonly root: string;
  readonly sha: string;
  /** Id of the commit's git tree: the same for commits that hold the same files, submodules included. */
  readonly tree: string;
  /** Abbreviated commit id, as git abbreviates it. */
  readonly shortSha: string;
  /** Null on a detached head. */
  readonly branch: string | null;
  /** `owner/name` derived from the origin remote; null without one. */
  readonly repository: string | null;
  /** Committer time of the head, ISO 8601. */
  readonly committedAt: string;
  /** Paths with uncommitted changes or untracked files that git does not ignore; at most 50 are listed. */
  readonly dirtyPaths: readonly string[];
  readonly tags: readonly SourceTag[];
}

export interface SourceTag {
  readonly name: string;
  /** The commit that the tag names (annotated tags are peeled). */
  readonly sha: string;
  readonly annotated: boolean;
}

export interface SourceCommit {
  readonly sha: string;
  readonly parents: readonly string[];
  readonly subject: string;
  readonly body: string;
  /** Paths changed against the first parent. */
  readonly changedPaths: readonly string[];
}

/** Git facts of the checkout. Read-only; a call that fails throws, it never answers "empty". */
export interface SourceRepository {
  /** Throws config `repository.not-git` outside a git checkout, `repository.no-commit` without any commit. */
  readHead(): Promise<SourceHead>;
  findTag(name: string): Promise<SourceTag | undefined>;
  listTags(): Promise<readonly SourceTag[]>;
  /** First-parent history starting at `from` (a commit id), newest first. */
  listFirstParents(from: string, limit: number): Promise<readonly SourceCommit[]>;
}
