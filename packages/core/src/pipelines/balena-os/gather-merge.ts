import type { PullRequest } from '../../ports/code-host.ts';
import type { Ports } from '../../ports/ports.ts';
import type { SourceCommit } from '../../ports/source-repository.ts';

/** How far back the first-parent history is searched for the merge that is being released. */
const HISTORY_LIMIT = 20;

/** A commit that touches nothing else only declares a version; the merge below it brought the change. */
const VERSION_FILES = [/^VERSION$/, /^CHANGELOG\.md$/, /^\.versionbot\//, /^package(-lock)?\.json$/];

export interface FoundMerge {
  /** Null where no commit near the released one changes anything but its version. */
  readonly mergeCommit: { readonly sha: string; readonly subject: string } | null;
  readonly pullRequest: PullRequest | null;
  /** Every commit that was looked at, for people. */
  readonly trace: readonly string[];
}

/**
 * The commit that brought the released change, and its pull request: the first on the first-parent history that does
 * more than declare a version. Commits below it are never asked about (balena-workflow 7.1, 8.2; W14): what they had
 * proven says nothing about it.
 */
export async function gatherMerge(
  sha: string,
  repository: string,
  { sourceRepository, codeHost }: Pick<Ports, 'sourceRepository' | 'codeHost'>,
): Promise<FoundMerge> {
  const trace: string[] = [];
  const history = await sourceRepository.listFirstParents(sha, HISTORY_LIMIT);
  for (const commit of history) {
    const pullRequest = await codeHost.findPullRequest({ repository, ...commit });
    if (pullRequest === undefined && declaresVersionOnly(commit)) {
      trace.push(`${short(commit)} only declares a version`);
      continue;
    }
    trace.push(
      pullRequest === undefined
        ? `${short(commit)} belongs to no known pull request of ${repository}`
        : `${short(commit)} came with pull request #${pullRequest.number}`,
    );
    const mergeCommit = { sha: commit.sha, subject: commit.subject };
    return { mergeCommit, pullRequest: pullRequest ?? null, trace };
  }
  trace.push(`no commit that changes more than version files among the last ${history.length}`);
  return { mergeCommit: null, pullRequest: null, trace };
}

/** A bot's commit between the merge and the tag, also an empty one; a merge always brings something of its own. */
function declaresVersionOnly(commit: SourceCommit): boolean {
  return (
    commit.parents.length < 2 &&
    commit.changedPaths.every((path) => VERSION_FILES.some((file) => file.test(path)))
  );
}

function short({ sha, subject }: SourceCommit): string {
  return `${sha.slice(0, 9)} "${subject}"`;
}
