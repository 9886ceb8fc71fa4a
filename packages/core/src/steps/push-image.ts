import { z } from 'zod';
import { integrityBroken } from '../errors/osrel-error.ts';
import { hexOfDigest } from '../model/digest.ts';
import type { DeployFolder } from '../ports/deploy-folder.ts';
import { readStagedRelease } from './read-staged-release.ts';
import { defineStepKind, notDone } from './step-kind.ts';

const input = z.strictObject({
  releaseId: z.number(),
  service: z.string(),
  slug: z.string(),
  version: z.string(),
  manifestSha256: z.string(),
  labels: z.record(z.string(), z.string()),
});

const output = z.strictObject({ contentHash: z.string(), sizeBytes: z.number() });

type PushInput = z.infer<typeof input>;

/** Pushes one service's image of the release. */
export const pushImage = defineStepKind({
  kind: 'push-image',
  writes: true,
  input,
  output,
  ports: ['hostappReleases', 'deployFolder'],
  probe: async (wanted, { ports }) => {
    const release = await ports.hostappReleases.find(wanted.releaseId);
    const { sha256 } = await archiveOf(wanted, ports.deployFolder);
    const image = release?.images.find((each) => each.service === wanted.service);
    if (image?.archiveSha256 !== sha256) return notDone;
    return {
      done: true,
      output: { contentHash: image.contentHash, sizeBytes: image.sizeBytes },
      because: 'the release has this very image',
    };
  },
  run: async (wanted, { ports, signal, log, progress }) => {
    const { path, sha256 } = await archiveOf(wanted, ports.deployFolder);
    let sent = 0;
    const image = await ports.hostappReleases.pushImage({
      releaseId: wanted.releaseId,
      service: wanted.service,
      archive: path,
      archiveSha256: sha256,
      labels: wanted.labels,
      signal,
      // How much there is to send is known once layers are compressed: only what went is told.
      onSent: (bytes) => {
        sent += bytes;
        progress(sent, null, 'bytes');
      },
    });
    log(`${wanted.service}: ${image.contentHash}`);
    return { contentHash: image.contentHash, sizeBytes: image.sizeBytes };
  },
});

async function archiveOf(
  wanted: PushInput,
  deployFolder: DeployFolder,
): Promise<{ readonly path: string; readonly sha256: string }> {
  const { directory, manifest } = await readStagedRelease(wanted, deployFolder);
  const isArchive = (role: string): boolean => role === 'hostapp' || role === 'extension';
  const file = manifest.files.find((each) => isArchive(each.role) && each.service === wanted.service);
  if (file === undefined) {
    throw integrityBroken(
      'deploy.no-archive',
      `the staged release has no docker archive of service ${wanted.service}`,
      { hint: 'build again: osrel build' },
    );
  }
  return { path: `${directory}/${file.name}`, sha256: hexOfDigest(file.digest) };
}
