import type { PublishedFile } from '../model/published-files.ts';
import type { ReleaseAsset, ReleaseAssets } from '../ports/release-assets.ts';
import { runInParallel } from './run-in-parallel.ts';

/** Assets that are read at once. */
const PARALLEL_READS = 4;

/** A file that the release does not carry as it should. */
export interface DueAsset {
  readonly file: PublishedFile;
  /** What is wrong with it, for people. */
  readonly defect: string;
}

/**
 * Compares files with the assets of a release: by what the backend lists, and where it knows no digest by reading the
 * content as a consumer does (balena-workflow W17: names alone prove nothing).
 */
export async function compareAssets(
  assets: ReleaseAssets,
  wanted: {
    readonly releaseId: number;
    readonly files: readonly PublishedFile[];
    readonly signal?: AbortSignal;
    readonly onCompared?: (file: PublishedFile) => void;
  },
): Promise<{ readonly due: readonly DueAsset[]; readonly present: readonly ReleaseAsset[] }> {
  const { releaseId, files, signal } = wanted;
  const present = await assets.list(releaseId);
  const byKey = new Map(present.map((asset) => [asset.key, asset]));
  const due = new Map<string, DueAsset>();
  await runInParallel(files, PARALLEL_READS, async (file) => {
    signal?.throwIfAborted();
    const asset = byKey.get(file.name);
    const defect = listedDefect(file, asset) ?? (await readDefect(file, asset));
    if (defect !== undefined) due.set(file.name, { file, defect });
    wanted.onCompared?.(file);
  });
  return { due: files.flatMap((file) => due.get(file.name) ?? []), present };

  async function readDefect(file: PublishedFile, asset: ReleaseAsset | undefined) {
    if (asset === undefined || asset.sha256 !== null) return undefined;
    const read = await assets.readDigest(releaseId, file.name, signal);
    if (read === undefined) return 'has no content';
    return read.sha256 === file.sha256 ? undefined : `has sha256 ${read.sha256}, built was ${file.sha256}`;
  }
}

function listedDefect(file: PublishedFile, asset: ReleaseAsset | undefined): string | undefined {
  if (asset === undefined) return 'is missing';
  if (!asset.isComplete) return 'has no content';
  if (asset.sizeBytes !== file.sizeBytes) return `has ${asset.sizeBytes} bytes, built were ${file.sizeBytes}`;
  if (asset.sha256 !== null && asset.sha256 !== file.sha256)
    return `has sha256 ${asset.sha256}, built was ${file.sha256}`;
  return undefined;
}
