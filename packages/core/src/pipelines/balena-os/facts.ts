import { z } from 'zod';
import { badUsage } from '../../errors/osrel-error.ts';
import type { UnversionedContract } from '../../model/contract.ts';
import type { DeviceType } from '../../model/device-type.ts';
import type { RejectedReceipt, TestReceipt } from '../../model/evidence.ts';
import type { CheckRun, PullRequest } from '../../ports/code-host.ts';
import type { RepositoryDocument } from '../../ports/device-repository.ts';
import type { HostappRelease } from '../../ports/hostapp-releases.ts';
import type { SourceTag } from '../../ports/source-repository.ts';
import type { MachineImageFacts } from './machine-image-rules.ts';

/** What was found about the tests of the commit being released. */
export interface EvidenceFacts {
  /** The commit on the first-parent history whose pull request is asked for; null when none qualifies. */
  readonly mergeCommit: { readonly sha: string; readonly subject: string } | null;
  readonly pullRequest: PullRequest | null;
  /** Checks on the pull request's head, then on the released commit itself. */
  readonly checks: readonly CheckRun[];
  /** Whole, signed by a trusted key, newest first. */
  readonly receipts: readonly TestReceipt[];
  /** What lies beside them and does not count; absent in facts of an earlier osrel. */
  readonly rejected?: readonly RejectedReceipt[];
  /** Every place that was looked at, in order, for people. */
  readonly trace: readonly string[];
}

export interface RemoteFacts {
  readonly application: string;
  readonly applicationExists: boolean;
  /** Null when there is no application. */
  readonly applicationIsPublic: boolean | null;
  /** Whether its releases are operating systems; null when there is no application. */
  readonly applicationIsHost: boolean | null;
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
  /**
   * `incomplete`: the IGNORE marker is there. `withdrawn`: it was published and taken back. `foreign`: objects without
   * marker and without a manifest of ours.
   */
  readonly version: 'absent' | 'incomplete' | 'published' | 'withdrawn' | 'foreign';
  /** `latest` was rolled back from this version: it does not come back by itself. */
  readonly isHeld: boolean;
  /** sha256 of the published release manifest. */
  readonly manifestSha256: string | null;
}

export interface DeployFolderFacts {
  readonly manifestSha256: string;
  readonly sourceSha: string;
  readonly version: string;
  /** Built from a tree with uncommitted changes. */
  readonly dirty: boolean;
  /** Id of the git tree, and digest of the builder; absent where the manifest does not tell. */
  readonly tree?: string;
  readonly builder?: string;
}

/** One build that a pull request kept in the store. */
export interface KeptBuild {
  /** Folder in the store, without a slash at the end. */
  readonly prefix: string;
  readonly tree: string;
  /** Its manifest; null for another tree's, which nobody read, and where there is none that can be read. */
  readonly manifest: {
    readonly sha256: string;
    readonly builder: string | null;
    /** The commit it was built from. */
    readonly sourceSha: string;
  } | null;
  /** What is wrong with it, as far as the store tells; null: nothing, or nobody looked (another tree). */
  readonly defect: string | null;
}

/** What a tag could publish instead of building again. */
export interface ArtifactFacts {
  /** What is wrong with files of the deploy folder; null: nobody looked, for it holds no build of this tree. */
  readonly deployFolderDefects: readonly string[] | null;
  /** Builds of this version that were kept, by place. */
  readonly kept: readonly KeptBuild[];
  /** Why the credentials may not look for them; absent: they may. */
  readonly refusal?: string;
}

/** Everything the balena OS planner looks at: plain JSON, gathered once, can be saved and replayed. */
export interface BalenaOsFacts {
  readonly schemaVersion: 1;
  readonly system: 'balena-os';
  /** ISO 8601. */
  readonly now: string;
  readonly source: {
    readonly sha: string;
    /** Id of its git tree; absent in facts of an earlier osrel. */
    readonly tree?: string;
    readonly shortSha: string;
    readonly branch: string | null;
    readonly repository: string | null;
    readonly dirtyPaths: readonly string[];
    readonly tagsAtHead: readonly string[];
    /** The tag that names the version of the VERSION file, wherever it points. */
    readonly versionTag: SourceTag | null;
  };
  /** The release of another version that the user named, to finalize it; absent: the version checked out. */
  readonly named?:
    | { readonly id: number; readonly version: string; readonly sourceSha: string | null }
    | undefined;
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
  /** Absent where nothing is adopted: another event, switched off, or a release that is final already. */
  readonly artifacts?: ArtifactFacts;
  /** Null: none has the name. Absent where the environment makes no machine images. */
  readonly machineImage?: MachineImageFacts | null;
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
  store: z.looseObject({ version: z.enum(['absent', 'incomplete', 'published', 'withdrawn', 'foreign']) }),
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
