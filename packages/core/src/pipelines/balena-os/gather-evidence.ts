import type { Trigger } from '../../model/trigger.ts';
import type { CheckRun } from '../../ports/code-host.ts';
import type { Ports } from '../../ports/ports.ts';
import type { SourceCommit } from '../../ports/source-repository.ts';
import type { EvidenceFacts } from './facts.ts';

/** How far back the first-parent history is searched for the merge that is being released. */
const HISTORY_LIMIT = 20;

/** A commit that touches nothing else only declares a version; the merge below it brought the change. */
const VERSION_FILES = [/^VERSION$/, /^CHANGELOG\.md$/, /^\.versionbot\//, /^package(-lock)?\.json$/];

interface EvidenceQuestion {
  readonly sha: string;
  readonly slug: string;
  readonly version: string;
  readonly repository: string | null;
  readonly trigger: Trigger;
}

/**
 * Finds the tests of the released commit: its merge commit, that one's pull request, the checks on the pull request's
 * head, and checks and receipts of the commit itself (balena-workflow 7.1, with W13 and W14 mended: the host's own
 * association first, no verdict inherited from an older, unrelated pull request).
 */
export async function gatherEvidence(question: EvidenceQuestion, ports: Ports): Promise<EvidenceFacts> {
  const receipts = await ports.testReceipts.list({ slug: question.slug, version: question.version });
  const { repository } = question;
  if (
    question.trigger.kind === 'pull-request' ||
    question.trigger.kind === 'nothing' ||
    repository === null
  ) {
    const trace = repository === null ? ['no repository at a code host is known (no origin remote)'] : [];
    return { mergeCommit: null, pullRequest: null, checks: [], receipts, trace };
  }
  const own = await listChecks(ports, repository, question.sha, question.slug);
  const merge = await findMerge(question.sha, repository, ports);
  if (merge.pullRequest === null) {
    const trace = [...merge.trace, traceOf('the commit itself', question.sha, own)];
    return { mergeCommit: merge.commit, pullRequest: null, checks: own, receipts, trace };
  }
  const { pullRequest } = merge;
  const checks = await listChecks(ports, repository, pullRequest.headSha, question.slug);
  const trace = [
    ...merge.trace,
    traceOf(`pull request #${pullRequest.number}`, pullRequest.headSha, checks),
    ...(own.length === 0 ? [] : [traceOf('the commit itself', question.sha, own)]),
  ];
  return { mergeCommit: merge.commit, pullRequest, checks: [...checks, ...own], receipts, trace };
}

async function listChecks(
  ports: Ports,
  repository: string,
  sha: string,
  slug: string,
): Promise<readonly CheckRun[]> {
  const checks = await ports.codeHost.listChecks(repository, sha);
  return checks.filter((check) => check.slug === slug);
}

async function findMerge(sha: string, repository: string, ports: Ports) {
  const trace: string[] = [];
  const history = await ports.sourceRepository.listFirstParents(sha, HISTORY_LIMIT);
  for (const commit of history) {
    const pullRequest = await ports.codeHost.findPullRequest({ repository, ...commit });
    if (pullRequest === undefined && declaresVersionOnly(commit)) {
      trace.push(`${short(commit.sha)} "${commit.subject}" only declares a version`);
      continue;
    }
    trace.push(
      pullRequest === undefined
        ? `${short(commit.sha)} "${commit.subject}" belongs to no known pull request of ${repository}`
        : `${short(commit.sha)} "${commit.subject}" came with pull request #${pullRequest.number}`,
    );
    return { commit: { sha: commit.sha, subject: commit.subject }, pullRequest: pullRequest ?? null, trace };
  }
  trace.push(`no commit that changes more than version files among the last ${history.length}`);
  return { commit: null, pullRequest: null, trace };
}

/** A bot's commit between the merge and the tag, also an empty one; a merge always brings something of its own. */
function declaresVersionOnly(commit: SourceCommit): boolean {
  return (
    commit.parents.length < 2 &&
    commit.changedPaths.every((path) => VERSION_FILES.some((file) => file.test(path)))
  );
}

function traceOf(what: string, sha: string, checks: readonly CheckRun[]): string {
  const listed = checks.map((check) => `${check.name}: ${check.conclusion ?? check.status}`).join(', ');
  return `checks on ${what} (${short(sha)}): ${listed === '' ? 'none' : listed}`;
}

function short(sha: string): string {
  return sha.slice(0, 9);
}
