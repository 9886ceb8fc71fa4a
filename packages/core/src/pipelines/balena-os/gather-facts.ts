import { badConfig, badUsage, OsrelError, refused } from '../../errors/osrel-error.ts';
import type { DeviceType } from '../../model/device-type.ts';
import { formatOsVersion, type OsVersion, osVersionFromTag } from '../../model/os-version.ts';
import type { PlanRequest } from '../../plan-release-types.ts';
import type { RepositoryIdentity } from '../../ports/device-repository.ts';
import type { Ports } from '../../ports/ports.ts';
import type { SourceHead, SourceTag } from '../../ports/source-repository.ts';
import type { BalenaOsFacts } from './facts.ts';
import { gatherEvidence } from './gather-evidence.ts';
import { gatherDeployFolder, gatherRemote, gatherStore } from './gather-published.ts';
import { generatedPathsOf } from './generated-paths.ts';
import { releaseTargetOf } from './release-target.ts';
import { selectDeviceTypes } from './select-device-types.ts';
import { resolveVersion, sourceShaOf } from './version-rules.ts';

/** Type that repo.yml must name (balena-workflow 3.3). */
const REPOSITORY_TYPE = 'yocto-based OS image';

/**
 * Reads everything the planner looks at, for each chosen device type. Nothing is written; a source that cannot be read
 * throws, it never counts as empty.
 */
export async function gatherBalenaOsFacts(
  request: PlanRequest,
  ports: Ports,
): Promise<readonly BalenaOsFacts[]> {
  const [head, identity, documents] = await Promise.all([
    ports.sourceRepository.readHead(),
    ports.deviceRepository.readIdentity(),
    ports.deviceRepository.listDeviceTypes(),
  ]);
  const repositoryType = checkRepositoryType(identity);
  const deviceTypes = selectDeviceTypes(documents, request);
  const contracts = await ports.deviceRepository.composeOsContracts(deviceTypes.map(({ slug }) => slug));
  const tags = await ports.sourceRepository.listTags();
  const version = resolveVersion(
    { source: sourceFacts(head, null), versionFile: identity.version ?? null },
    request.trigger,
  );
  const source = sourceFacts(head, findVersionTag(tags, version));
  const generated = new Set(documents.map((document) => `${document.baseName}.json`));
  const folders = generatedPathsOf(request.config);
  const isChange = (path: string) => !generated.has(path) && !folders.some((each) => path.startsWith(each));
  const cleanSource = { ...source, dirtyPaths: source.dirtyPaths.filter(isChange) };
  const shared = {
    schemaVersion: 1 as const,
    system: 'balena-os' as const,
    now: ports.clock.now(),
    source: cleanSource,
    repositoryType,
    versionFile: identity.version ?? null,
    metaBalenaVersion: identity.metaBalenaVersion,
    hasChangelog: identity.hasChangelog,
  };
  return Promise.all(
    deviceTypes.map(async (deviceType) => ({
      ...shared,
      deviceType,
      osContract: contracts?.get(deviceType.slug) ?? null,
      composition: await ports.deviceRepository.readComposition(deviceType.machine),
      ...(await gatherRelease({ request, deviceType, version, source: cleanSource }, ports)),
    })),
  );
}

interface ReleaseQuestion {
  readonly request: PlanRequest;
  readonly deviceType: DeviceType;
  readonly version: OsVersion;
  readonly source: BalenaOsFacts['source'];
}

async function gatherRelease(question: ReleaseQuestion, ports: Ports) {
  const { request, deviceType, version, source } = question;
  const target = releaseTargetOf(deviceType, version, organizationOf(request));
  const text = formatOsVersion(version);
  const [evidence, remote, store, deployFolder] = await Promise.all([
    gatherEvidence(
      {
        sha: sourceShaOf({ source }, request.trigger),
        slug: deviceType.slug,
        version: text,
        repository: request.trigger.repository ?? source.repository,
        trigger: request.trigger,
      },
      ports,
    ),
    gatherRemote({ application: target.application, slug: deviceType.slug, version: text }, ports),
    gatherStore(target, ports),
    gatherDeployFolder(deviceType.slug, text, ports),
  ]);
  return { evidence, remote, store, deployFolder };
}

/** Handle of the organization that owns the hostapp applications of the request's environment. */
export function organizationOf(request: Pick<PlanRequest, 'config' | 'environment'>): string {
  const environment = request.config.environments[request.environment];
  if (environment !== undefined) return environment.balena.organization;
  const known = Object.keys(request.config.environments).join(', ');
  throw badUsage(
    'environment.unknown',
    `environment "${request.environment}" is not configured; known: ${known}`,
    {
      hint: 'add it under environments: in osrel.yml, or choose with --env NAME',
    },
  );
}

function checkRepositoryType(identity: RepositoryIdentity): string | null {
  if (identity.repoYml === undefined) {
    throw badConfig('repository.not-device', 'this is not a device repository: repo.yml is missing', {
      hint: `run osrel in a device repository (repo.yml with type: '${REPOSITORY_TYPE}'), or name it with --cwd DIR`,
    });
  }
  const document = identity.repoYml.document;
  const type =
    typeof document === 'object' && document !== null && 'type' in document ? document.type : undefined;
  if (type === REPOSITORY_TYPE) return REPOSITORY_TYPE;
  throw badConfig(
    'repository.not-device',
    `${identity.repoYml.file}: type is ${JSON.stringify(type ?? null)}, not "${REPOSITORY_TYPE}"`,
    {
      hint: 'run osrel in a device repository, or name it with --cwd DIR',
    },
  );
}

function sourceFacts(head: SourceHead, versionTag: SourceTag | null): BalenaOsFacts['source'] {
  return {
    sha: head.sha,
    shortSha: head.shortSha,
    branch: head.branch,
    repository: head.repository,
    dirtyPaths: head.dirtyPaths,
    tagsAtHead: head.tags.map((tag) => tag.name),
    versionTag,
  };
}

function findVersionTag(tags: readonly SourceTag[], version: OsVersion): SourceTag | null {
  const wanted = formatOsVersion(version);
  return tags.find((tag) => versionTextOf(tag.name) === wanted) ?? null;
}

function versionTextOf(tag: string): string | undefined {
  if (!tag.startsWith('v')) return undefined;
  try {
    return formatOsVersion(osVersionFromTag(tag));
  } catch (error) {
    if (error instanceof OsrelError) return undefined;
    throw error;
  }
}

/** Refuses early when a backend that cannot make applications lacks this one. */
export function checkApplication(facts: BalenaOsFacts): void {
  const { application, applicationExists, createsMissing } = facts.remote;
  if (applicationExists || createsMissing) return;
  throw refused('application.missing', `application ${application} does not exist`, {
    hint: `make it once, by hand: public, host (is_host: true), class app, device type ${facts.deviceType.slug}${application.endsWith('-esr') ? ', application tag release-policy=esr' : ''}`,
  });
}
