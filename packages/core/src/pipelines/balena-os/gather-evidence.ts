import type { EvidencePolicy } from '../../config/tests-config.ts';
import type { RejectedReceipt } from '../../model/evidence.ts';
import type { PlanRequest } from '../../plan-release-types.ts';
import type { CheckList } from '../../ports/code-host.ts';
import type { Ports } from '../../ports/ports.ts';
import type { EvidenceFacts } from './facts.ts';
import { gatherChecks } from './gather-checks.ts';
import { type FoundMerge, gatherMerge } from './gather-merge.ts';
import { listTestEntries } from './judge-evidence.ts';

export interface EvidenceQuestion {
  readonly sha: string;
  readonly slug: string;
  /** The other device types of the repository, whose checks are not about this one. */
  readonly otherSlugs: readonly string[];
  readonly version: string;
  readonly repository: string | null;
  readonly policy: EvidencePolicy;
  readonly request: Pick<PlanRequest, 'config' | 'environment' | 'trigger' | 'waiting'>;
}

/**
 * Finds the tests of the released commit: its merge commit, that one's pull request, the checks on the pull request's
 * head, and checks and receipts of the commit itself (balena-workflow 7.1, with W13 and W14 mended: the host's own
 * association first, no verdict inherited from an older, unrelated pull request). Checks that still run are waited for
 * within the bound of the environment. Throws what the code host throws: what cannot be asked is no "no checks".
 */
export async function gatherEvidence(question: EvidenceQuestion, ports: Ports): Promise<EvidenceFacts> {
  const { repository, request, policy } = question;
  const { receipts, rejected } = await ports.testReceipts.list({
    slug: question.slug,
    version: question.version,
  });
  const none = { mergeCommit: null, pullRequest: null, checks: [], receipts, rejected };
  const left = rejected.map(tellRejected);
  const { kind } = request.trigger;
  if (repository === null)
    return { ...none, trace: [...left, 'no repository at a code host is known (no origin remote)'] };
  if (kind === 'pull-request' || kind === 'nothing') return { ...none, trace: left };
  if (!hasCodeHost(request)) {
    return {
      ...none,
      trace: [...left, `environment "${request.environment}" asks no code host (github: in osrel.yml)`],
    };
  }
  const merge = await gatherMerge(question.sha, repository, ports);
  const found = await gatherChecks({
    look: () => listChecks({ ...question, repository }, merge, ports),
    judged: { receipts, rejected, ...merge },
    policy,
    request,
    clock: ports.clock,
  });
  return {
    mergeCommit: merge.mergeCommit,
    pullRequest: merge.pullRequest,
    checks: found.checks,
    receipts,
    rejected,
    trace: [...left, ...merge.trace, ...found.trace],
  };
}

function tellRejected({ name, because }: RejectedReceipt): string {
  return `receipt ${name} does not count: ${because}`;
}

/** The embedded world is one; elsewhere it has to be named. */
function hasCodeHost({ config, environment }: EvidenceQuestion['request']): boolean {
  const chosen = config.environments[environment];
  return chosen?.kind === 'local' || (chosen !== undefined && chosen.github !== null);
}

/** One look at the pull request's head and at the commit itself. */
async function listChecks(
  question: EvidenceQuestion & { readonly repository: string },
  { pullRequest }: FoundMerge,
  { codeHost }: Pick<Ports, 'codeHost'>,
): Promise<CheckList> {
  const { repository, slug, otherSlugs, policy } = question;
  const { matrix } = question.request.config.tests;
  const entries = listTestEntries({ matrix, required: policy.required });
  const ask = (headSha: string) => codeHost.listChecks({ repository, headSha, slug, entries, otherSlugs });
  if (pullRequest === null || pullRequest.headSha === question.sha) {
    const own = await ask(question.sha);
    return { checks: own.checks, trace: traceOf('the commit itself', question.sha, own) };
  }
  const [proposed, own] = await Promise.all([ask(pullRequest.headSha), ask(question.sha)]);
  const isSilent = own.checks.length === 0 && own.trace.length === 0;
  return {
    checks: [...proposed.checks, ...own.checks],
    trace: [
      ...traceOf(`pull request #${pullRequest.number}`, pullRequest.headSha, proposed),
      ...(isSilent ? [] : traceOf('the commit itself', question.sha, own)),
    ],
  };
}

function traceOf(what: string, sha: string, { checks, trace }: CheckList): readonly string[] {
  const listed = checks.map((check) => {
    const source = check.source === undefined ? '' : ` (${check.source})`;
    return `${check.name}: ${check.conclusion ?? check.status}${source}`;
  });
  const found = listed.length === 0 ? 'none' : listed.join(', ');
  return [`checks on ${what} (${sha.slice(0, 9)}): ${found}`, ...trace];
}
