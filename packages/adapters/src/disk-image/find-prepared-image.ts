import { hash } from 'node:crypto';
import { join } from 'node:path';
import {
  asOsrelError,
  type FindPreparedImageRequest,
  imageOutputNames,
  type PreparedImage,
} from '@osrel/core';
import { findText } from '../if-present.ts';
import { renderFullBlockMap } from './block-map.ts';
import { checkParts } from './check-parts.ts';
import { findGivenBlockMap } from './find-given-block-map.ts';
import { type ReadManifest, readImageManifest } from './read-image-manifest.ts';
import { refuseWhenAborted } from './refuse-when-aborted.ts';

/** Finds a complete earlier result for the very same image, see the port `DiskImages`. */
export async function findPreparedImage(
  request: FindPreparedImageRequest,
): Promise<PreparedImage | undefined> {
  const names = imageOutputNames(request.variant);
  const manifestPath = join(request.outputDirectory, names.manifest);
  const keepGoing = () => refuseWhenAborted(request.signal, `checking ${manifestPath}`);
  keepGoing();
  const manifest = await findManifest(manifestPath);
  if (manifest === undefined) return undefined;
  const checked = await checkParts({ manifest, image: undefined, keepGoing });
  if (checked.problems.length > 0 || checked.sha256 !== request.imageSha256.toLowerCase()) return undefined;
  const blockMapPath = join(request.outputDirectory, names.blockMap);
  if ((await findText(blockMapPath)) !== (await expectedBlockMap(request, blockMapPath, checked)))
    return undefined;
  return {
    blockMapPath,
    manifestPath,
    partsDirectory: manifest.partsDirectory,
    parts: checked.parts,
    image: { sizeBytes: checked.sizeBytes, sha256: checked.sha256 },
    manifestSha256: hash('sha256', manifest.text),
    manifestSizeBytes: Buffer.byteLength(manifest.text),
  };
}

/** A map that came with the image was compared with it when the parts were made. */
async function expectedBlockMap(
  { image }: FindPreparedImageRequest,
  own: string,
  plain: { readonly sizeBytes: number; readonly sha256: string },
): Promise<string> {
  return (await findGivenBlockMap(image, own))?.text ?? renderFullBlockMap(plain);
}

async function findManifest(path: string): Promise<ReadManifest | undefined> {
  try {
    return await readImageManifest(path);
  } catch (error) {
    const code = asOsrelError(error)?.code;
    if (code === 'image.not-found' || code === 'image.manifest-invalid') return undefined;
    throw error;
  }
}
