import type { Config } from '../../config/config.ts';
import { evidencePolicyFor } from '../../config/evidence-policy.ts';
import type { Trigger } from '../../model/trigger.ts';
import type { Decision } from '../../plan/plan.ts';
import type { BalenaOsFacts } from './facts.ts';
import { judgeEvidence } from './judge-evidence.ts';
import { keptBuildsFolder } from './kept-builds.ts';

/** Bytes that are published as they are, instead of building again. */
export interface AdoptedBuild {
  readonly manifestSha256: string;
  /** Where they are kept in the store; null: the deploy folder holds them already. */
  readonly prefix: string | null;
}

export interface Adoption {
  /** Undefined: it is built. */
  readonly adopted: AdoptedBuild | undefined;
  /** None where the event adopts nothing. */
  readonly decisions: readonly Decision[];
}

export interface AdoptionQuestion {
  readonly facts: BalenaOsFacts;
  readonly config: Pick<Config, 'artifacts' | 'machines' | 'tests' | 'origins'>;
  readonly trigger: Trigger;
  readonly versionText: string;
  /** Digest of the builder; asked for only when there is a build of this very tree. */
  readonly builder: () => string;
}

/** A build that was found, wherever it is. */
interface Candidate extends AdoptedBuild {
  /** For people: `deploy/<slug>/<version>`, or its folder in the store. */
  readonly where: string;
  readonly builder: string | null;
  readonly sourceSha: string;
  readonly defect: string | null;
}

/** The decision whether something is adopted; its outcome is `off` where nobody looks for anything. */
export const ADOPTION_RULE = 'build.adopt';

/** Only what publishes a version: the tag, and `osrel release`, which does what its tag does. */
export function mayAdopt(trigger: Trigger): boolean {
  return trigger.kind === 'tag' || (trigger.kind === 'command' && trigger.command === 'release');
}

/**
 * Whether a release publishes bytes that were built and tested before (balena-workflow W11): those of a build of the
 * same tree, version, device type and builder, with the digests of their manifest, which the evidence is about.
 * Otherwise it is built, and the decision says why. Only for an event whose build stage runs.
 */
export function decideAdoption(question: AdoptionQuestion): Adoption {
  const { facts, config, trigger } = question;
  if (!mayAdopt(trigger)) return { adopted: undefined, decisions: [] };
  if (!config.artifacts.adopt) {
    const because = 'adopting tested bytes is switched off (artifacts.adopt)';
    const change = 'set artifacts.adopt: true in osrel.yml';
    return { adopted: undefined, decisions: [decision(question, { outcome: 'off', because, change })] };
  }
  if (facts.artifacts === undefined || facts.source.tree === undefined)
    return { adopted: undefined, decisions: [] };
  const candidates = listCandidates(question);
  if (candidates.length === 0) return build(question, whyNone(question));
  const builder = question.builder();
  const refused: string[] = [];
  for (const candidate of candidates) {
    const reason = refusalOf(candidate, builder, question);
    if (reason !== undefined) refused.push(reason);
    else return adopt(candidate, question);
  }
  return build(question, refused.join('; '));
}

/** The deploy folder first: its bytes need not be fetched. */
function listCandidates({ facts, versionText }: AdoptionQuestion): readonly Candidate[] {
  const { source, deployFolder, artifacts, deviceType } = facts;
  const local =
    deployFolder === null ||
    deployFolder.dirty ||
    deployFolder.tree !== source.tree ||
    deployFolder.version !== versionText
      ? []
      : [
          {
            where: `deploy/${deviceType.slug}/${versionText}`,
            prefix: null,
            manifestSha256: deployFolder.manifestSha256,
            builder: deployFolder.builder ?? null,
            sourceSha: deployFolder.sourceSha,
            defect:
              artifacts?.deployFolderDefects == null
                ? 'nobody looked at its files'
                : (artifacts.deployFolderDefects[0] ?? null),
          },
        ];
  const kept = (artifacts?.kept ?? []).flatMap(({ prefix, tree, manifest, defect }): readonly Candidate[] =>
    tree === source.tree
      ? [
          {
            where: prefix,
            prefix,
            manifestSha256: manifest?.sha256 ?? '',
            builder: manifest?.builder ?? null,
            sourceSha: manifest?.sourceSha ?? '',
            defect: manifest === null ? (defect ?? 'it has no release manifest') : defect,
          },
        ]
      : [],
  );
  return [...local, ...kept];
}

/** Nothing was kept, or only builds of other source. */
function whyNone({ facts, versionText }: AdoptionQuestion): string {
  const { deployFolder, artifacts, deviceType, source } = facts;
  const folder = keptBuildsFolder(deviceType.slug, versionText);
  const others = [
    ...(deployFolder === null
      ? []
      : [deployFolder.dirty ? 'uncommitted changes' : nameTree(deployFolder.tree)]),
    ...(artifacts?.kept ?? []).map(({ tree }) => nameTree(tree)),
  ];
  if (artifacts?.refusal !== undefined) return `nobody could look into ${folder}: ${artifacts.refusal}`;
  if (others.length === 0)
    return `no build of ${versionText} is kept in ${folder} or lies in the deploy folder`;
  return `what is kept of ${versionText} was built from other source: ${[...new Set(others)].join(', ')}; this is ${nameTree(source.tree)}`;
}

function nameTree(tree: string | undefined): string {
  return tree === undefined ? 'a tree that nobody wrote down' : `tree ${tree.slice(0, 9)}`;
}

function refusalOf(candidate: Candidate, builder: string, question: AdoptionQuestion): string | undefined {
  const { where, defect } = candidate;
  if (defect !== null) return `the build in ${where} is damaged: ${defect}`;
  if (candidate.builder !== builder)
    return `the build in ${where} is of this tree but of another builder (${nameBuilder(candidate.builder)}, this is ${nameBuilder(builder)})`;
  const missing = missingEvidence(candidate, question);
  return missing === undefined ? undefined : `nothing proves the build in ${where}: ${missing}`;
}

function nameBuilder(builder: string | null): string {
  return builder === null ? 'not written down' : builder.slice(0, 9);
}

/**
 * Receipts name the bytes they are about. Checks of a pull request do not: they count for bytes that a receipt of it or
 * its draft ties to it.
 */
function missingEvidence(
  { manifestSha256 }: Candidate,
  { facts, config }: AdoptionQuestion,
): string | undefined {
  const { evidence, remote } = facts;
  const verdict = judgeEvidence({
    tests: config.tests,
    policy: evidencePolicyFor(config, facts.deviceType.fileBaseName),
    evidence,
    manifestSha256,
    now: facts.now,
  });
  if (verdict.kind !== 'passed') return verdict.because;
  const isTied =
    evidence.receipts.some((receipt) => receipt.manifestSha256 === manifestSha256) ||
    Object.values(remote.manifestOfRelease).includes(manifestSha256);
  return isTied
    ? undefined
    : `${verdict.because}, but neither a receipt nor a draft says that it was about these bytes`;
}

function adopt(
  { where, manifestSha256, prefix, sourceSha }: Candidate,
  question: AdoptionQuestion,
): Adoption {
  const because = `${where} holds tested bytes of this very tree and builder (built from ${sourceSha.slice(0, 9)}, manifest ${manifestSha256.slice(0, 9)})`;
  return {
    adopted: { manifestSha256, prefix },
    decisions: [
      decision(question, {
        outcome: 'adopt',
        because,
        change: 'set artifacts.adopt: false in osrel.yml to build all the same',
      }),
    ],
  };
}

function build(question: AdoptionQuestion, because: string): Adoption {
  return { adopted: undefined, decisions: [decision(question, { outcome: 'build', because })] };
}

function decision(
  { config }: AdoptionQuestion,
  said: Pick<Decision, 'because' | 'change'> & { readonly outcome: 'adopt' | 'build' | 'off' },
): Decision {
  return {
    rule: ADOPTION_RULE,
    stage: 'build',
    origin: config.origins['artifacts.adopt'] ?? 'default',
    ...said,
  };
}
