import { z } from 'zod';
import { badUsage } from '../../errors/osrel-error.ts';
import type { UnversionedContract } from '../../model/contract.ts';
import type { DeviceType } from '../../model/device-type.ts';
import type { TestReceipt } from '../../model/evidence.ts';
import type { CheckRun, PullRequest } from '../../ports/code-host.ts';
import type { RepositoryDocument } from '../../ports/device-repository.ts';
import type { HostappRelease } from '../../ports/hostapp-releases.ts';
import type { SourceTag } from '../../ports/source-repository.ts';

/** What was found about the tests of the commit being released. */
export interface EvidenceFacts {
  /** The commit on the first-parent history whose pull request is asked for; null when none qualifies. */
  readonly mergeCommit: { readonly sha: string; readonly subject: string } | null;
  readonly pullRequest: PullRequest | null;
  /** Checks on the pull request's head, then on the released commit itself. */
  readonly checks: readonly CheckRun[];
  readonly receipts: readonly TestReceipt[];
  /** Every place that was looked at, in order, for people. */
  readonly trace: readonly string[];
}

export interface RemoteFacts {
  readonly application: string;
  readonly applicationExists: boolean;
  /** Whether using a missing application makes it (embedded world only). */
  readonly createsMissing: boolean;
  readonly privacy: 'public' | 'private' | 'unknown';
  readonly applicationTags: Readonly<Record<string, string>>;
  /** Releases of the same version, and every final one. */
  readonly releases: readonly HostappRelease[];
  /** sha256 of the release manifest attached to each listed release of this version, by release id. */
  readonly manifestOfRelease: Readonly<Record<string, string>>;
}

export interface StoreFacts {
  /** Text of `latest`, trimmed; null when there is none. */
  readonly latest: string | null;
  /** `incomplete`: the IGNORE marker is there. `foreign`: objects without marker and without a manifest of ours. */
  readonly version: 'absent' | 'incomplete' | 'published' | 'foreign';
  /** sha256 of the published release manifest. */
  readonly manifestSha256: string | null;
}

export interface DeployFolderFacts {
  readonly manifestSha256: string;
  readonly sourceSha: string;
  readonly version: string;
  /** Built from a tree with uncommitted changes. */
  readonly dirty: boolean;
}

/** Everything the balena OS planner looks at: plain JSON, gathered once, can be saved and replayed. */
export interface BalenaOsFacts {
  readonly schemaVersion: 1;
  readonly system: 'balena-os';
  /** ISO 8601. */
  readonly now: string;
  readonly source: {
    readonly sha: string;
    readonly shortSha: string;
    readonly branch: string | null;
    readonly repository: string | null;
    readonly dirtyPaths: readonly string[];
    readonly tagsAtHead: readonly string[];
    /** The tag that names the version of the VERSION file, wherever it points. */
    readonly versionTag: SourceTag | null;
  };
  readonly repositoryType: string | null;
  readonly versionFile: string | null;
  readonly metaBalenaVersion: string | null;
  readonly hasChangelog: boolean;
  readonly deviceType: DeviceType;
  readonly composition: { readonly base?: RepositoryDocument; readonly overlay?: RepositoryDocument };
  /** The OS contract that the contracts folder gives; null without that folder. */
  readonly osContract: UnversionedContract | null;
  readonly evidence: EvidenceFacts;
  readonly remote: RemoteFacts;
  readonly store: StoreFacts;
  readonly deployFolder: DeployFolderFacts | null;
}

const shape = z.looseObject({
  schemaVersion: z.literal(1),
  system: z.literal('balena-os'),
  now: z.string(),
  source: z.looseObject({ sha: z.string(), shortSha: z.string(), dirtyPaths: z.array(z.string()) }),
  deviceType: z.looseObject({
    slug: z.string(),
    machine: z.string(),
    json: z.record(z.string(), z.unknown()),
  }),
  evidence: z.looseObject({
    checks: z.array(z.unknown()),
    receipts: z.array(z.unknown()),
    trace: z.array(z.string()),
  }),
  remote: z.looseObject({ application: z.string(), releases: z.array(z.unknown()) }),
  store: z.looseObject({ version: z.enum(['absent', 'incomplete', 'published', 'foreign']) }),
});

/**
 * Facts read back from a file that `osrel plan --save-facts` wrote.
 * @throws usage `facts.malformed` naming each key that does not fit
 */
export function parseBalenaOsFacts(raw: unknown): BalenaOsFacts {
  const parsed = shape.safeParse(raw);
  if (parsed.success) return raw as BalenaOsFacts;
  throw badUsage('facts.malformed', 'the saved facts are not facts of a balena OS release', {
    hint: 'write them again with: osrel plan --save-facts FILE',
    problems: parsed.error.issues.map((issue) => ({
      at: issue.path.join('.') || '(whole file)',
      message: issue.message,
    })),
  });
}
