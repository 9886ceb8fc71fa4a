import {
  HELD_MARKER,
  IGNORE_MARKER,
  MANIFEST_NAME,
  manifestSha256,
  WITHDRAWN_MARKER,
} from '../../model/published-files.ts';
import { MANIFEST_TAG } from '../../model/release-tags.ts';
import type { Ports } from '../../ports/ports.ts';
import type { DeployFolderFacts, RemoteFacts, StoreFacts } from './facts.ts';
import type { ReleaseTarget } from './release-target.ts';

/** What the backend knows of the application and of its releases. */
export async function gatherRemote(
  question: { readonly application: string; readonly slug: string; readonly version: string },
  ports: Ports,
): Promise<RemoteFacts> {
  const application = await ports.hostappApplications.find(question.application);
  const privacy =
    application?.deviceType?.slug === question.slug
      ? application.deviceType.privacy
      : await ports.hostappApplications.findDeviceTypePrivacy(question.slug);
  const all = application === undefined ? [] : await ports.hostappReleases.list(question.application);
  const releases = all.filter((release) => release.isFinal || release.version === question.version);
  const manifests = releases.flatMap(({ id, tags }) => {
    const manifest = tags[MANIFEST_TAG];
    return manifest === undefined ? [] : [[String(id), manifest] as const];
  });
  return {
    application: question.application,
    applicationExists: application !== undefined,
    applicationIsPublic: application?.isPublic ?? null,
    applicationIsHost: application?.isHost ?? null,
    createsMissing: ports.hostappApplications.createsMissing,
    privacy: privacy ?? 'unknown',
    applicationTags: application?.tags ?? {},
    releases,
    manifestOfRelease: Object.fromEntries(manifests),
  };
}

/** State of this version in the object store, and where `latest` points. */
export async function gatherStore(target: ReleaseTarget, ports: Ports): Promise<StoreFacts> {
  const [latest, objects] = await Promise.all([
    ports.objectStore.readText(target.latestKey),
    ports.objectStore.list(`${target.prefix}/`),
  ]);
  const names = new Set(objects.map((object) => object.key.slice(target.prefix.length + 1)));
  const manifestKey = `${target.prefix}/${MANIFEST_NAME}`;
  // Read, not asked for: one small object and one request, and what a reader sees.
  const manifest = objects.some((object) => object.key === manifestKey)
    ? (await ports.objectStore.readDigest(manifestKey))?.sha256
    : undefined;
  return {
    latest: latest === undefined ? null : latest.text.trim(),
    version: stateOfFolder(names, manifest !== undefined),
    isHeld: names.has(HELD_MARKER),
    manifestSha256: manifest ?? null,
  };
}

/** What the names in a version's folder say about it. */
export function stateOfFolder(names: ReadonlySet<string>, hasManifest: boolean): StoreFacts['version'] {
  if (names.size === 0) return 'absent';
  if (names.has(WITHDRAWN_MARKER)) return 'withdrawn';
  if (names.has(IGNORE_MARKER)) return 'incomplete';
  return hasManifest ? 'published' : 'foreign';
}

/** What an earlier build left in the deploy folder of this version. */
export async function gatherDeployFolder(
  slug: string,
  version: string,
  ports: Ports,
): Promise<DeployFolderFacts | null> {
  const manifest = await ports.deployFolder.findManifest(ports.deployFolder.pathOf(slug, version));
  if (manifest === undefined) return null;
  return {
    manifestSha256: manifestSha256(manifest),
    sourceSha: manifest.source.sha,
    version: manifest.version,
    dirty: manifest.source.dirty ?? false,
    ...(manifest.source.tree === undefined ? {} : { tree: manifest.source.tree }),
    ...(manifest.builder === undefined ? {} : { builder: manifest.builder }),
  };
}
