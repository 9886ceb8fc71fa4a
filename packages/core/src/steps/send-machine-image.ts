import { z } from 'zod';
import { integrityBroken } from '../errors/osrel-error.ts';
import { hexOfDigest } from '../model/digest.ts';
import type { DeployFolder } from '../ports/deploy-folder.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import { readStagedRelease } from './read-staged-release.ts';
import type { StepRun } from './step-kind.ts';

/** Which file of which release goes under which key. */
export const machineImageSourceSchema = z.strictObject({
  slug: z.string(),
  version: z.string(),
  manifestSha256: z.string(),
  /** Name of the raw disk image in the deploy folder. */
  image: z.string(),
  /** Where it lies in the bucket for imports while the import runs. */
  key: z.string(),
});

export type MachineImageSource = z.infer<typeof machineImageSourceSchema>;

export interface RawImage {
  /** Absolute path. */
  readonly file: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** The raw disk image as the staged release has it. Throws integrity `deploy.missing`, `deploy.changed`, `machine-image.source-missing`. */
export async function readRawImage(
  wanted: MachineImageSource,
  deployFolder: DeployFolder,
): Promise<RawImage> {
  const { directory, manifest } = await readStagedRelease(wanted, deployFolder);
  const found = manifest.files.find((file) => file.name === wanted.image);
  if (found === undefined) {
    throw integrityBroken(
      'machine-image.source-missing',
      `the release of ${wanted.slug} ${wanted.version} has no ${wanted.image}`,
      { hint: 'build again: osrel build' },
    );
  }
  return {
    file: `${directory}/${found.name}`,
    sizeBytes: found.sizeBytes,
    sha256: hexOfDigest(found.digest),
  };
}

/** Whether the bucket holds exactly these bytes under the key. */
export async function isImageSent(key: string, image: RawImage, store: ObjectStore): Promise<boolean> {
  const object = await store.find(key);
  return object?.sizeBytes === image.sizeBytes && object.sha256 === image.sha256;
}

/** Uploads the raw disk image, unless it is there: nobody but the import reads it, so it is private. */
export async function sendRawImage(
  key: string,
  image: RawImage,
  { ports, signal, progress }: Pick<StepRun<'machineImageStore'>, 'ports' | 'signal' | 'progress'>,
): Promise<void> {
  if (await isImageSent(key, image, ports.machineImageStore)) return;
  let sent = 0;
  await ports.machineImageStore.putFile({
    ...image,
    key,
    mediaType: 'application/octet-stream',
    visibility: 'private',
    expected: { kind: 'anything' },
    signal,
    onSent: (bytes) => {
      sent += bytes;
      progress(sent, image.sizeBytes, 'bytes');
    },
  });
}
