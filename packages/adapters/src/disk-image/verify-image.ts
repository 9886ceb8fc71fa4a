import {
  badUsage,
  type ImageVerification,
  integrityBroken,
  type Problem,
  type VerifyImageRequest,
} from '@osrel/core';
import { type CheckedParts, checkParts } from './check-parts.ts';
import { type OpenImage, openImage } from './open-image.ts';
import { readImageManifest } from './read-image-manifest.ts';
import { refuseWhenAborted } from './refuse-when-aborted.ts';

/** Checks one prepared image, see the port `DiskImages`. All differences are reported at once. */
export async function verifyImage(request: VerifyImageRequest): Promise<ImageVerification> {
  refuseBadSha256(request.expectedSha256);
  const keepGoing = () => refuseWhenAborted(request.signal, `verifying ${request.manifest}`);
  keepGoing();
  const manifest = await readImageManifest(request.manifest);
  const image = request.image === undefined ? undefined : await openImage(request.image);
  try {
    const checked = await checkParts({ manifest, image, keepGoing });
    refuseDifferences(request.manifest, [...checked.problems, ...compareWhole(request, image, checked)]);
    const { parts, sizeBytes, sha256 } = checked;
    return { parts: parts.length, sizeBytes, sha256, ...(image === undefined ? {} : { matchesImage: true }) };
  } finally {
    await image?.close();
  }
}

function refuseBadSha256(expected: string | undefined): void {
  if (expected === undefined || /^[0-9a-f]{64}$/i.test(expected)) return;
  throw badUsage('image.sha256-format', `${JSON.stringify(expected)} is no SHA-256 of 64 hex digits`);
}

function compareWhole(
  request: VerifyImageRequest,
  image: OpenImage | undefined,
  checked: CheckedParts,
): readonly Problem[] {
  const problems: Problem[] = [];
  if (image !== undefined && image.sizeBytes !== checked.sizeBytes) {
    problems.push({
      at: 'image',
      message: `image size: ${image.path} ${image.sizeBytes}, parts ${checked.sizeBytes}`,
    });
  }
  const expected = request.expectedSha256?.toLowerCase();
  if (expected !== undefined && expected !== checked.sha256) {
    problems.push({ at: 'image', message: `image sha256: expected ${expected}, inflated ${checked.sha256}` });
  }
  return problems;
}

function refuseDifferences(manifest: string, problems: readonly Problem[]): void {
  const first = problems[0];
  if (first === undefined) return;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  throw integrityBroken('image.parts-differ', `${manifest}: ${first.message}${more}`, {
    hint: 'write the parts again with "osrel image prepare"; do not publish these',
    problems,
  });
}
