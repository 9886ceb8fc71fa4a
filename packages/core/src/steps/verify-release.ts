import { z } from 'zod';
import { integrityBroken, type Problem, refused } from '../errors/osrel-error.ts';
import { digestOfHex, hexOfDigest } from '../model/digest.ts';
import { parseImageManifest } from '../model/image-parts.ts';
import {
  listAssetFiles,
  listStoreFiles,
  MANIFEST_NAME,
  type PublishedFile,
  withIndexFiles,
} from '../model/published-files.ts';
import { checkReleaseAssets } from '../model/release-assets.ts';
import { parseReleaseManifest, type ReleaseManifest } from '../model/release-manifest.ts';
import type { HostappReleases } from '../ports/hostapp-releases.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { ReleaseAssets } from '../ports/release-assets.ts';
import { defineStepKind, notDone } from './step-kind.ts';

const input = z.strictObject({
  releaseId: z.number(),
  version: z.string(),
  /** Digest of the release manifest that must be attached. */
  manifestSha256: z.string(),
  /** What decides which assets the device type must have (balena-workflow 5.7). */
  deviceType: z.strictObject({
    imageKind: z.enum(['standard', 'edge', 'docker-image', 'archive']),
    deployFlasherArtifact: z.string().optional(),
    deployRawArtifact: z.string().optional(),
  }),
  /** Services whose images the release must have. */
  services: z.array(z.string()),
  /** Folder of the version in the object store; null when the store is not part of this release. */
  prefix: z.string().nullable(),
});

const output = z.strictObject({ manifestSha256: z.string(), assets: z.number(), objects: z.number() });

type VerifyInput = z.infer<typeof input>;

interface VerifyPorts {
  readonly hostappReleases: HostappReleases;
  readonly releaseAssets: ReleaseAssets;
  readonly objectStore: ObjectStore;
}

/**
 * Looks at the draft as a consumer would, before it becomes final: every asset and object by name, size and digest, the
 * deflate parts against their image manifests, every service's image (W17, W18).
 */
export const verifyRelease = defineStepKind({
  kind: 'verify-release',
  writes: false,
  input,
  output,
  ports: ['hostappReleases', 'releaseAssets', 'objectStore'],
  probe: async () => notDone,
  run: async (wanted, { ports, log }) => {
    const manifest = await readManifest(wanted, ports);
    const problems = [
      ...(await checkImages(wanted, manifest, ports)),
      ...(await checkAssets(wanted, manifest, ports)),
      ...(await checkObjects(wanted, manifest, ports)),
    ];
    if (problems.length > 0) {
      throw integrityBroken(
        'release.incomplete',
        `release ${wanted.releaseId} of ${wanted.version} is not what was built`,
        {
          problems,
          hint: 'run the deploy stage again: osrel deploy',
        },
      );
    }
    const assets = listAssetFiles(manifest).length + 2;
    const objects = wanted.prefix === null ? 0 : listStoreFiles(manifest).length + 2;
    log(`${assets} assets, ${objects} objects and ${wanted.services.length} images agree with the manifest`);
    return { manifestSha256: wanted.manifestSha256, assets, objects };
  },
});

async function readManifest(wanted: VerifyInput, ports: VerifyPorts): Promise<ReleaseManifest> {
  const attached = (await ports.releaseAssets.list(wanted.releaseId)).find(
    (asset) => asset.key === MANIFEST_NAME,
  );
  const text = await ports.releaseAssets.readText(wanted.releaseId, MANIFEST_NAME);
  if (attached === undefined || text === undefined || attached.sha256 !== wanted.manifestSha256) {
    throw integrityBroken(
      'release.manifest-differs',
      `release ${wanted.releaseId} does not carry the release manifest of this release`,
      {
        hint: 'run the deploy stage again: osrel deploy',
        details: { found: attached?.sha256 ?? null, wanted: wanted.manifestSha256 },
      },
    );
  }
  const where = `${MANIFEST_NAME} of release ${wanted.releaseId}`;
  const manifest = parseReleaseManifest(JSON.parse(text), where);
  if (manifest.version === wanted.version) return manifest;
  throw refused('version.manifest-mismatch', `${where} is about ${manifest.version}, not ${wanted.version}`);
}

async function checkImages(
  wanted: VerifyInput,
  manifest: ReleaseManifest,
  ports: VerifyPorts,
): Promise<readonly Problem[]> {
  const release = await ports.hostappReleases.find(wanted.releaseId);
  const images = new Map((release?.images ?? []).map((image) => [image.service, image]));
  return wanted.services.flatMap((service) => {
    const archive = manifest.files.find(
      (file) => ['hostapp', 'extension'].includes(file.role) && file.service === service,
    );
    const image = images.get(service);
    if (image === undefined) return [{ at: `service ${service}`, message: 'has no image' }];
    if (archive !== undefined && image.archiveSha256 === hexOfDigest(archive.digest)) return [];
    return [
      {
        at: `service ${service}`,
        message: `image was pushed from ${digestOfHex(image.archiveSha256)}, built was ${archive?.digest ?? 'none'}`,
      },
    ];
  });
}

async function checkAssets(
  wanted: VerifyInput,
  manifest: ReleaseManifest,
  ports: VerifyPorts,
): Promise<readonly Problem[]> {
  const assets = await ports.releaseAssets.list(wanted.releaseId);
  const present = new Map(assets.map((asset) => [asset.key, asset]));
  const problems = withIndexFiles(manifest, listAssetFiles(manifest)).flatMap((file) => {
    const asset = present.get(file.name);
    return compare(`asset ${file.name}`, file, asset?.isComplete === true ? asset : undefined);
  });
  const manifests = await Promise.all(
    assets
      .filter((asset) => /^image(-[a-z]+)?\.json$/.test(asset.key))
      .map(async ({ key }) => {
        const text = (await ports.releaseAssets.readText(wanted.releaseId, key)) ?? 'null';
        return { name: key, parts: parseImageManifest(JSON.parse(text), key) };
      }),
  );
  const files = assets.map((asset) => ({ name: asset.key, sizeBytes: asset.sizeBytes }));
  return [
    ...problems,
    ...checkReleaseAssets({
      deviceType: assetDeviceType(wanted.deviceType),
      files,
      imageManifests: manifests,
    }),
  ];
}

/** Absent stays absent: the rules ask whether a key is there. */
function assetDeviceType(wanted: VerifyInput['deviceType']) {
  const { imageKind, deployFlasherArtifact, deployRawArtifact } = wanted;
  return {
    imageKind,
    ...(deployFlasherArtifact === undefined ? {} : { deployFlasherArtifact }),
    ...(deployRawArtifact === undefined ? {} : { deployRawArtifact }),
  };
}

async function checkObjects(
  wanted: VerifyInput,
  manifest: ReleaseManifest,
  ports: VerifyPorts,
): Promise<readonly Problem[]> {
  const { prefix } = wanted;
  if (prefix === null) return [];
  const objects = new Map((await ports.objectStore.list(`${prefix}/`)).map((object) => [object.key, object]));
  return withIndexFiles(manifest, listStoreFiles(manifest)).flatMap((file) =>
    compare(`object ${prefix}/${file.name}`, file, objects.get(`${prefix}/${file.name}`)),
  );
}

function compare(
  at: string,
  file: PublishedFile,
  found: { readonly sizeBytes: number; readonly sha256: string | null } | undefined,
): readonly Problem[] {
  if (found === undefined) return [{ at, message: 'is missing' }];
  if (found.sizeBytes !== file.sizeBytes)
    return [{ at, message: `has ${found.sizeBytes} bytes, built were ${file.sizeBytes}` }];
  if (found.sha256 !== null && found.sha256 !== file.sha256)
    return [{ at, message: `has sha256 ${found.sha256}, built was ${file.sha256}` }];
  return [];
}
