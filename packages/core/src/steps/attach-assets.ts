import { z } from 'zod';
import {
  listAssetFiles,
  MANIFEST_NAME,
  type PublishedFile,
  withIndexFiles,
} from '../model/published-files.ts';
import type { DeployFolder } from '../ports/deploy-folder.ts';
import type { ReleaseAssets } from '../ports/release-assets.ts';
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

const PARALLEL_ASSETS = 4;

/** Attaches the release's files to the draft: what is there whole stays, what is empty or broken is replaced (W19). */
export const attachAssets = defineStepKind({
  kind: 'attach-assets',
  writes: true,
  input,
  output,
  ports: ['releaseAssets', 'deployFolder'],
  probe: async (wanted, { ports }) => {
    const { files, due } = await compareAssets(wanted, ports);
    return due.length > 0
      ? notDone
      : { done: true, output: totals(files), because: 'every asset is there with its size and digest' };
  },
  run: async (wanted, { ports, signal, log, progress }) => {
    const { files, due, directory } = await compareAssets(wanted, ports);
    let done = 0;
    const attach = async ({ name, ...content }: PublishedFile): Promise<void> => {
      signal.throwIfAborted();
      await ports.releaseAssets.attach({
        ...content,
        releaseId: wanted.releaseId,
        key: name,
        file: `${directory}/${name}`,
        signal,
      });
      done += 1;
      progress(done, due.length, 'files');
    };
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

async function compareAssets(
  wanted: z.infer<typeof input>,
  ports: { readonly releaseAssets: ReleaseAssets; readonly deployFolder: DeployFolder },
) {
  const { directory, manifest } = await readStagedRelease(wanted, ports.deployFolder);
  const files = withIndexFiles(manifest, listAssetFiles(manifest));
  const present = new Map(
    (await ports.releaseAssets.list(wanted.releaseId)).map((asset) => [asset.key, asset]),
  );
  const due = files.filter((file) => {
    const asset = present.get(file.name);
    return (
      asset === undefined ||
      !asset.isComplete ||
      asset.sizeBytes !== file.sizeBytes ||
      asset.sha256 !== file.sha256
    );
  });
  return { directory, files, due };
}

function totals(files: readonly PublishedFile[]): z.infer<typeof output> {
  return { assets: files.length, sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0) };
}
