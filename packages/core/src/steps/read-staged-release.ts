import { integrityBroken } from '../errors/osrel-error.ts';
import { manifestSha256 } from '../model/published-files.ts';
import type { ReleaseManifest } from '../model/release-manifest.ts';
import type { DeployFolder } from '../ports/deploy-folder.ts';

export interface StagedRelease {
  readonly directory: string;
  readonly manifest: ReleaseManifest;
}

/**
 * The staged release that a plan means: the deploy folder's manifest, which must have the digest that was planned.
 * @throws integrity `deploy.missing`, `deploy.changed`
 */
export async function readStagedRelease(
  wanted: { readonly slug: string; readonly version: string; readonly manifestSha256: string },
  deployFolder: DeployFolder,
): Promise<StagedRelease> {
  const directory = deployFolder.pathOf(wanted.slug, wanted.version);
  const manifest = await deployFolder.findManifest(directory);
  if (manifest === undefined) {
    throw integrityBroken('deploy.missing', `${directory} holds no release any more`, {
      hint: 'build again: osrel build',
    });
  }
  const found = manifestSha256(manifest);
  if (found === wanted.manifestSha256) return { directory, manifest };
  throw integrityBroken('deploy.changed', `${directory} holds another build than the one this run made`, {
    hint: 'build again: osrel build',
    details: { found, wanted: wanted.manifestSha256 },
  });
}
