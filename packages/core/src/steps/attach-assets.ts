import { z } from 'zod';
import {
  listAssetFiles,
  MANIFEST_NAME,
  type PublishedFile,
  withIndexFiles,
} from '../model/published-files.ts';
import type { DeployFolder } from '../ports/deploy-folder.ts';
import type { ReleaseAssets } from '../ports/release-assets.ts';
import { compareAssets } from './compare-assets.ts';
import { readStagedRelease } from './read-staged-release.ts';
import { runInParallel } from './run-in-parallel.ts';
import { defineStepKind, notDone } from './step-kind.ts';

const input = z.strictObject({
  releaseId: z.number(),
  slug: z.string(),
  version: z.string(),
  manifestSha256: z.string(),
});

const output = z.strictObject({ assets: z.number(), sizeBytes: z.number() });

const PARALLEL_ASSETS = 8;

/** Attaches the release's files to the draft: what is there whole stays, what is empty or broken is replaced (W19). */
export const attachAssets = defineStepKind({
  kind: 'attach-assets',
  writes: true,
  input,
  output,
  ports: ['releaseAssets', 'deployFolder'],
  probe: async (wanted, { ports, signal }) => {
    const { files, due } = await findDue(wanted, ports, signal);
    return due.length > 0
      ? notDone
      : { done: true, output: totals(files), because: 'every asset is there with its size and digest' };
  },
  run: async (wanted, { ports, signal, log, progress }) => {
    const { files, due, directory } = await findDue(wanted, ports, signal);
    const total = due.reduce((sum, file) => sum + file.sizeBytes, 0);
    let sent = 0;
    const attach = async ({ name, ...content }: PublishedFile): Promise<void> => {
      signal.throwIfAborted();
      await ports.releaseAssets.attach({
        ...content,
        releaseId: wanted.releaseId,
        key: name,
        file: `${directory}/${name}`,
        signal,
        onSent: (bytes) => {
          sent += bytes;
          progress(Math.min(sent, total), total, 'bytes');
        },
      });
    };
    // The manifest goes last: a release that carries it carries everything else.
    await runInParallel(
      due.filter((file) => file.name !== MANIFEST_NAME),
      PARALLEL_ASSETS,
      attach,
    );
    await runInParallel(
      due.filter((file) => file.name === MANIFEST_NAME),
      1,
      attach,
    );
    log(`${due.length} of ${files.length} assets sent, ${files.length - due.length} were there`);
    return totals(files);
  },
});

async function findDue(
  wanted: z.infer<typeof input>,
  ports: { readonly releaseAssets: ReleaseAssets; readonly deployFolder: DeployFolder },
  signal: AbortSignal,
) {
  const { directory, manifest } = await readStagedRelease(wanted, ports.deployFolder);
  const files = withIndexFiles(manifest, listAssetFiles(manifest));
  const { due } = await compareAssets(ports.releaseAssets, { releaseId: wanted.releaseId, files, signal });
  return { files, due: due.map(({ file }) => file), directory };
}

function totals(files: readonly PublishedFile[]): z.infer<typeof output> {
  return { assets: files.length, sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0) };
}
