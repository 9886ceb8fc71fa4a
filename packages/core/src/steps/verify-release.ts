import { createHash } from 'node:crypto';
import { z } from 'zod';
import { integrityBroken, type Problem, refused } from '../errors/osrel-error.ts';
import { digestOfHex, hexOfDigest } from '../model/digest.ts';
import { parseImageManifest } from '../model/image-parts.ts';
import { listAssetFiles, listStoreFiles, MANIFEST_NAME, withIndexFiles } from '../model/published-files.ts';
import { checkReleaseAssets } from '../model/release-assets.ts';
import { parseReleaseManifest, type ReleaseManifest } from '../model/release-manifest.ts';
import type { HostappReleases } from '../ports/hostapp-releases.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { ReleaseAssets } from '../ports/release-assets.ts';
import { compareAssets } from './compare-assets.ts';
import { compareObjects } from './compare-objects.ts';
import { defineStepKind, notDone, type StepRun } from './step-kind.ts';

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
  run: async (wanted, { ports, log, signal, progress }) => {
    const manifest = await readManifest(wanted, ports);
    const look: Look = { wanted, manifest, ports, signal, progress };
    const problems = [
      ...(await checkImages(look)),
      ...(await checkAssets(look)),
      ...(await checkObjects(look)),
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
  const found = attached?.sha256 ?? (text === undefined ? undefined : sha256OfText(text));
  if (text === undefined || found !== wanted.manifestSha256) {
    throw integrityBroken(
      'release.manifest-differs',
      `release ${wanted.releaseId} does not carry the release manifest of this release`,
      {
        hint: 'run the deploy stage again: osrel deploy',
        details: { found: found ?? null, wanted: wanted.manifestSha256 },
      },
    );
  }
  const where = `${MANIFEST_NAME} of release ${wanted.releaseId}`;
  const manifest = parseReleaseManifest(JSON.parse(text), where);
  if (manifest.version === wanted.version) return manifest;
  throw refused('version.manifest-mismatch', `${where} is about ${manifest.version}, not ${wanted.version}`);
}

function sha256OfText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** What one look at a release needs. */
interface Look {
  readonly wanted: VerifyInput;
  readonly manifest: ReleaseManifest;
  readonly ports: VerifyPorts;
  readonly signal: AbortSignal;
  readonly progress: StepRun['progress'];
}

async function checkImages({ wanted, manifest, ports }: Look): Promise<readonly Problem[]> {
  const release = await ports.hostappReleases.find(wanted.releaseId);
  const images = new Map((release?.images ?? []).map((image) => [image.service, image]));
  return wanted.services.flatMap((service) => {
    const archive = manifest.files.find(
      (file) => ['hostapp', 'extension'].includes(file.role) && file.service === service,
    );
    const image = images.get(service);
    if (image === undefined) return [{ at: `service ${service}`, message: 'has no image' }];
    if (archive !== undefined && image.archiveSha256 === hexOfDigest(archive.digest)) return [];
    // Copied from a registry: its digest is the proof.
    if (archive === undefined && image.archiveSha256 === null) return [];
    return [
      {
        at: `service ${service}`,
        message: `image was ${pushedFrom(image.archiveSha256)}, built was ${archive?.digest ?? 'none'}`,
      },
    ];
  });
}

function pushedFrom(archiveSha256: string | null): string {
  return archiveSha256 === null ? 'copied from a registry' : `pushed from ${digestOfHex(archiveSha256)}`;
}

async function checkAssets({ wanted, manifest, ports, signal, progress }: Look): Promise<readonly Problem[]> {
  const expected = withIndexFiles(manifest, listAssetFiles(manifest));
  let compared = 0;
  const { due, present: assets } = await compareAssets(ports.releaseAssets, {
    releaseId: wanted.releaseId,
    files: expected,
    signal,
    onCompared: () => {
      compared += 1;
      progress(compared, expected.length, 'files');
    },
  });
  const problems = due.map(({ file, defect }) => ({ at: `asset ${file.name}`, message: defect }));
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

async function checkObjects({ wanted, manifest, ports, signal }: Look): Promise<readonly Problem[]> {
  const { prefix } = wanted;
  if (prefix === null) return [];
  const files = withIndexFiles(manifest, listStoreFiles(manifest));
  const { due } = await compareObjects(ports.objectStore, { prefix, files, visibility: null, signal });
  return due.map(({ file, defect }) => ({ at: `object ${prefix}/${file.name}`, message: defect }));
}
