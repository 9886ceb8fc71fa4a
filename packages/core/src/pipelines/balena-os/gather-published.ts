import { IGNORE_MARKER, MANIFEST_NAME, manifestSha256 } from '../../model/published-files.ts';
import type { Ports } from '../../ports/ports.ts';
import type { DeployFolderFacts, RemoteFacts, StoreFacts } from './facts.ts';
import type { ReleaseTarget } from './release-target.ts';

/** What the backend knows of the application and of its releases. */
export async function gatherRemote(
  question: { readonly application: string; readonly slug: string; readonly version: string },
  ports: Ports,
): Promise<RemoteFacts> {
  const [application, privacy] = await Promise.all([
    ports.hostappApplications.find(question.application),
    ports.hostappApplications.findDeviceTypePrivacy(question.slug),
  ]);
  const all = application === undefined ? [] : await ports.hostappReleases.list(question.application);
  const releases = all.filter((release) => release.isFinal || release.version === question.version);
  const same = releases.filter((release) => release.version === question.version);
  const manifests = await Promise.all(
    same.map(async (release) => {
      const assets = await ports.releaseAssets.list(release.id);
      return [
        String(release.id),
        assets.find((asset) => asset.key === MANIFEST_NAME)?.sha256 ?? null,
      ] as const;
    }),
  );
  return {
    application: question.application,
    applicationExists: application !== undefined,
    createsMissing: ports.hostappApplications.createsMissing,
    privacy: privacy ?? 'unknown',
    applicationTags: application?.tags ?? {},
    releases,
    manifestOfRelease: Object.fromEntries(
      manifests.filter((entry): entry is [string, string] => entry[1] !== null),
    ),
  };
}

/** State of this version in the object store, and where `latest` points. */
export async function gatherStore(target: ReleaseTarget, ports: Ports): Promise<StoreFacts> {
  const [latest, objects] = await Promise.all([
    ports.objectStore.readText(target.latestKey),
    ports.objectStore.list(`${target.prefix}/`),
  ]);
  const names = new Set(objects.map((object) => object.key.slice(target.prefix.length + 1)));
  const manifest = objects.find((object) => object.key === `${target.prefix}/${MANIFEST_NAME}`);
  const version =
    names.size === 0
      ? 'absent'
      : names.has(IGNORE_MARKER)
        ? 'incomplete'
        : manifest === undefined
          ? 'foreign'
          : 'published';
  return {
    latest: latest === undefined ? null : latest.text.trim(),
    version,
    manifestSha256: manifest?.sha256 ?? null,
  };
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
  };
}
