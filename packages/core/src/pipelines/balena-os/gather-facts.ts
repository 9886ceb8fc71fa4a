import { evidencePolicyFor } from '../../config/evidence-policy.ts';
import { badConfig, OsrelError } from '../../errors/osrel-error.ts';
import type { DeviceType } from '../../model/device-type.ts';
import {
  formatOsVersion,
  type OsVersion,
  osVersionFromTag,
  parseRecordedVersion,
} from '../../model/os-version.ts';
import type { PlanRequest } from '../../plan-release-types.ts';
import type { RepositoryIdentity } from '../../ports/device-repository.ts';
import type { HostappRelease } from '../../ports/hostapp-releases.ts';
import type { Ports } from '../../ports/ports.ts';
import type { SourceHead, SourceTag } from '../../ports/source-repository.ts';
import { organizationOf } from './environment-of.ts';
import type { BalenaOsFacts, EvidenceFacts } from './facts.ts';
import { gatherArtifacts } from './gather-artifacts.ts';
import { gatherEvidence } from './gather-evidence.ts';
import { gatherMachineImage } from './gather-machine-image.ts';
import { gatherNamedRelease } from './gather-named-release.ts';
import { gatherDeployFolder, gatherRemote, gatherStore } from './gather-published.ts';
import { generatedPathsOf } from './generated-paths.ts';
import { releaseMark, releaseTargetOf } from './release-target.ts';
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
  const versionFile = identity.version ?? null;
  const checkedOut = resolveVersion({ source: sourceFacts(head, null), versionFile }, request.trigger);
  const generated = new Set(documents.map((document) => `${document.baseName}.json`));
  const folders = generatedPathsOf(request.config);
  const names = documents.map((document) => document.baseName);
  const isChange = (path: string) => !generated.has(path) && !folders.some((each) => path.startsWith(each));
  const source = {
    ...sourceFacts(head, findVersionTag(tags, checkedOut)),
    dirtyPaths: head.dirtyPaths.filter(isChange),
  };
  const shared = {
    schemaVersion: 1 as const,
    system: 'balena-os' as const,
    now: ports.clock.now(),
    source,
    repositoryType,
    versionFile,
    metaBalenaVersion: identity.metaBalenaVersion,
    hasChangelog: identity.hasChangelog,
  };
  return Promise.all(
    deviceTypes.map(async (deviceType) => {
      const named = await findNamed(request, deviceType, formatOsVersion(checkedOut), ports);
      const version = named === undefined ? checkedOut : parseRecordedVersion(named.version);
      const ownSource =
        named === undefined ? source : { ...source, versionTag: findVersionTag(tags, version) };
      return {
        ...shared,
        source: ownSource,
        ...(named === undefined ? {} : { named }),
        deviceType,
        osContract: contracts?.get(deviceType.slug) ?? null,
        composition: await ports.deviceRepository.readComposition(deviceType.machine),
        ...(await gatherRelease(
          {
            request,
            deviceType,
            version,
            source: ownSource,
            named,
            otherSlugs: names.filter((name) => name !== deviceType.slug && name !== deviceType.fileBaseName),
          },
          ports,
        )),
      };
    }),
  );
}

async function findNamed(
  request: PlanRequest,
  { slug }: DeviceType,
  checkedOut: string,
  ports: Ports,
): Promise<BalenaOsFacts['named']> {
  const { trigger } = request;
  if (trigger.kind !== 'command' || trigger.release === null) return undefined;
  const application = `${organizationOf(request)}/${slug}`;
  return gatherNamedRelease({ name: trigger.release, application, checkedOut }, ports);
}

interface ReleaseQuestion {
  readonly request: PlanRequest;
  readonly deviceType: DeviceType;
  readonly version: OsVersion;
  readonly source: BalenaOsFacts['source'];
  readonly named: BalenaOsFacts['named'];
  /** Names of the other device types of the repository. */
  readonly otherSlugs: readonly string[];
}

async function gatherRelease(question: ReleaseQuestion, ports: Ports) {
  const { request, deviceType, version, source } = question;
  const target = releaseTargetOf(deviceType, version, organizationOf(request));
  const text = formatOsVersion(version);
  const sha = sourceShaOf({ source, named: question.named }, request.trigger);
  const [remote, store, deployFolder, machineImage] = await Promise.all([
    gatherRemote({ application: target.application, slug: deviceType.slug, version: text }, ports),
    gatherStore(target, ports),
    gatherDeployFolder(deviceType.slug, text, ports),
    gatherMachineImage(request, { slug: deviceType.slug, version }, ports),
  ]);
  const found = { remote, store, deployFolder, ...(machineImage === undefined ? {} : { machineImage }) };
  const mark = releaseMark(target.application, text, sha);
  const final = remote.releases.find((release) => release.isFinal && release.mark === mark);
  if (final !== undefined && !final.isInvalidated) return { evidence: judged(final), ...found };
  const { slug } = deviceType;
  const [evidence, artifacts] = await Promise.all([
    gatherEvidence(
      {
        sha,
        slug,
        version: text,
        repository: request.trigger.repository ?? source.repository,
        request,
        policy: evidencePolicyFor(request.config, deviceType.fileBaseName),
        otherSlugs: question.otherSlugs,
      },
      ports,
    ),
    gatherArtifacts({ request, source, slug, version: text, deployFolder }, ports),
  ]);
  return { evidence, ...found, ...(artifacts === undefined ? {} : { artifacts }) };
}

/** Nobody is asked again about a release that is final: its evidence was judged then and is kept with it. */
function judged({ id, rawVersion }: HostappRelease): EvidenceFacts {
  const trace = [`release ${id} (${rawVersion}) is final: its evidence was judged when it became so`];
  return { mergeCommit: null, pullRequest: null, checks: [], receipts: [], trace };
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
    tree: head.tree,
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
