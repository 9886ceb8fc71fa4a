import { badConfig, OsrelError, refused } from '../../errors/osrel-error.ts';
import { esrLineOf, formatEsrLine, parseEsrLine } from '../../model/esr-line.ts';
import {
  formatOsVersion,
  type OsVersion,
  osVersionFromTag,
  parseOsVersion,
  parseRecordedVersion,
  tagOfVersion,
} from '../../model/os-version.ts';
import type { Trigger } from '../../model/trigger.ts';
import type { Decision } from '../../plan/plan.ts';
import type { BalenaOsFacts } from './facts.ts';

type VersionFacts = Pick<BalenaOsFacts, 'source' | 'versionFile' | 'named'>;

/**
 * The version being built: the VERSION file, which the build itself reads (balena-automation 2.3); where there is none,
 * the tag that was pushed or the version tag at the head.
 * @throws config `version.missing`, `version.file-malformed`, usage `version.malformed`, refused `version.tag-mismatch`
 */
export function resolveVersion(facts: VersionFacts, trigger: Trigger): OsVersion {
  if (facts.named !== undefined) return parseRecordedVersion(facts.named.version);
  const tagVersion = trigger.kind === 'tag' ? osVersionFromTag(trigger.tag) : undefined;
  const fileVersion = facts.versionFile === null ? undefined : parseVersionFile(facts.versionFile);
  if (fileVersion === undefined) {
    const headVersion = tagVersion ?? versionOfTags(facts.source.tagsAtHead);
    if (headVersion !== undefined) return headVersion;
    throw badConfig('version.missing', 'the repository has no VERSION file and no version tag at its head', {
      hint: 'write the OS version into VERSION, for example: 6.5.1',
    });
  }
  if (
    trigger.kind === 'tag' &&
    tagVersion !== undefined &&
    formatOsVersion(tagVersion) !== formatOsVersion(fileVersion)
  ) {
    const [tag, file] = [formatOsVersion(tagVersion), formatOsVersion(fileVersion)];
    throw refused(
      'version.tag-mismatch',
      `tag ${trigger.tag} says ${tag}, the VERSION file at ${facts.source.shortSha} says ${file}`,
      {
        hint: `tag the commit whose VERSION is ${tag}, or push the tag ${tagOfVersion(fileVersion)}`,
        details: { tag: trigger.tag, tagVersion: tag, versionFile: file },
      },
    );
  }
  return fileVersion;
}

/**
 * Whether version and ref agree on being ESR or not (W44): an ESR version belongs to an ESR tag or a `YYYY.M.x` branch,
 * any other version to neither.
 * @throws refused `version.esr-mismatch`
 */
export function checkEsrAgreement(version: OsVersion, trigger: Trigger, branch: string | null): void {
  const text = formatOsVersion(version);
  if (trigger.kind === 'command') {
    checkDemand(version, trigger);
    // A detached head (a checked-out tag) has no branch to disagree with.
    if (branch === null || trigger.stages.every((stage) => stage === 'build' || stage === 'test')) return;
  }
  const ref = refOf(trigger, branch);
  if (ref === null || ref.startsWith('refs/tags/')) return;
  const line = esrLineOfBranch(ref);
  if (version.kind === 'esr' && line === undefined) {
    throw refused('version.esr-mismatch', `version ${text} is an ESR version, but ${ref} is no ESR branch`, {
      hint: `release it from the branch ${formatEsrLine(esrLineOf(version))} or by its tag ${tagOfVersion(version)}`,
      details: { version: text, ref },
    });
  }
  if (version.kind === 'esr' && line === formatEsrLine(esrLineOf(version))) return;
  if (line === undefined) return;
  throw refused('version.esr-mismatch', `${ref} is the ESR branch ${line}, but the version is ${text}`, {
    hint: `set VERSION to ${line.replace(/x$/, '0')} or work on another branch`,
    details: { version: text, ref },
  });
}

/** Refusals and warnings about the state of the checkout; only what publishes is held to them. */
export function checkSource(facts: VersionFacts, trigger: Trigger, publishes: boolean): readonly Decision[] {
  const decisions: Decision[] = [];
  const { dirtyPaths } = facts.source;
  if (dirtyPaths.length > 0) {
    const listed =
      dirtyPaths.slice(0, 5).join(', ') + (dirtyPaths.length > 5 ? ` and ${dirtyPaths.length - 5} more` : '');
    if (publishes && trigger.kind !== 'pull-request') {
      throw refused('source.dirty', `the working tree has uncommitted changes: ${listed}`, {
        hint: 'commit or stash them: a release is made from a commit',
        details: { paths: dirtyPaths },
      });
    }
    decisions.push({
      rule: 'source.clean',
      outcome: 'warn',
      because: `uncommitted changes are built too, nothing is reused: ${listed}`,
    });
  }
  const wanted = sourceShaOf(facts, trigger);
  // A release that was named is finalized as it is: nothing of the checkout goes into it.
  if (wanted !== facts.source.sha && facts.named === undefined) {
    const because = `the event is about ${wanted.slice(0, 9)}, the checkout is at ${facts.source.shortSha}; running this plan is refused until they agree`;
    decisions.push({ rule: 'source.checkout', outcome: 'warn', because, change: `git checkout ${wanted}` });
  }
  return decisions;
}

/**
 * Whether the version's tag, where it exists, names this very commit; only asked of what may become final.
 * @throws refused `version.tag-elsewhere`
 */
export function checkVersionTag(facts: VersionFacts, version: OsVersion, sourceSha: string): Decision {
  const tag = facts.source.versionTag;
  const name = tagOfVersion(version);
  if (tag === null) {
    return { rule: 'source.tag', outcome: 'warn', because: `${name} is not tagged in this checkout` };
  }
  if (tag.sha === sourceSha)
    return {
      rule: 'source.tag',
      outcome: 'agree',
      because: `tag ${tag.name} names ${sourceSha.slice(0, 9)}`,
    };
  throw refused(
    'version.tag-elsewhere',
    `tag ${tag.name} names ${tag.sha.slice(0, 9)}, but ${sourceSha.slice(0, 9)} would be released as ${formatOsVersion(version)}`,
    {
      hint: `check out ${tag.name}, or raise VERSION and tag the new commit`,
      details: { tag: tag.name, tagSha: tag.sha, sourceSha },
    },
  );
}

/** The commit that the plan is about: that of the named release, the event's, else the head. */
export function sourceShaOf(facts: Pick<BalenaOsFacts, 'source' | 'named'>, trigger: Trigger): string {
  if (facts.named !== undefined) return facts.named.sourceSha ?? facts.source.sha;
  return 'sha' in trigger ? trigger.sha : facts.source.sha;
}

function checkDemand(version: OsVersion, trigger: Extract<Trigger, { kind: 'command' }>): void {
  const text = formatOsVersion(version);
  if (trigger.demandsEsr && version.kind !== 'esr') {
    throw refused('version.not-esr', `--esr was given, but ${text} is not an ESR version`, {
      hint: 'an ESR version looks like 2026.7.0 (months 1, 4, 7, 10); leave --esr out for this one',
    });
  }
  if (trigger.command === 'release' && !trigger.stages.includes('esr') && version.kind === 'esr') {
    throw refused(
      'version.is-esr',
      `${text} is an ESR version: releasing it also rotates the ESR tags of the fleet`,
      {
        hint: 'say so with --esr: osrel release --esr',
      },
    );
  }
  if (trigger.command === 'esr' && version.kind !== 'esr') {
    throw refused('version.not-esr', `the esr stage needs an ESR version, and VERSION is ${text}`, {
      hint: 'an ESR version looks like 2026.7.0 (months 1, 4, 7, 10)',
    });
  }
}

function refOf(trigger: Trigger, branch: string | null): string | null {
  switch (trigger.kind) {
    case 'pull-request':
      return trigger.baseRef;
    case 'branch':
      return trigger.branch;
    case 'manual':
    case 'schedule':
      return trigger.ref;
    case 'command':
      return branch;
    default:
      return null;
  }
}

function esrLineOfBranch(ref: string): string | undefined {
  const name = ref.replace(/^refs\/heads\//, '');
  if (!/^\d{4}\.\d{1,2}\.x$/.test(name)) return undefined;
  try {
    return formatEsrLine(parseEsrLine(name));
  } catch (error) {
    if (error instanceof OsrelError) return undefined;
    throw error;
  }
}

function parseVersionFile(text: string): OsVersion {
  try {
    return parseOsVersion(text);
  } catch (error) {
    if (!(error instanceof OsrelError)) throw error;
    throw badConfig('version.file-malformed', `VERSION: ${error.message}`, {
      cause: error,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
}

function versionOfTags(tags: readonly string[]): OsVersion | undefined {
  for (const tag of tags) {
    try {
      return osVersionFromTag(tag);
    } catch (error) {
      if (!(error instanceof OsrelError)) throw error;
    }
  }
  return undefined;
}
