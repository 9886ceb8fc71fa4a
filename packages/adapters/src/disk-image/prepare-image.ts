import { hash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import {
  type ImagePart,
  imageOutputNames,
  type PreparedImage,
  type PreparedPart,
  type PrepareImageRequest,
  planImageParts,
  renderImageManifest,
} from '@osrel/core';
import { type CompressBlock, createBlockCompressor } from './compress-blocks.ts';
import { type OpenImage, openImage } from './open-image.ts';
import { type PlainBlock, readBlocks } from './read-blocks.ts';
import { readImageLayout } from './read-image-layout.ts';
import { refuseWhenAborted } from './refuse-when-aborted.ts';
import { createStagedOutput, type OpenForWriting, type StagedOutput } from './staged-output.ts';
import { createPlainSums, type PlainSums } from './sum-plain-blocks.ts';
import { createPartWriter } from './write-parts.ts';

/** Blocks between reading and writing; each holds its plain and its compressed bytes, about 2 MiB. */
const BLOCKS_IN_FLIGHT = Math.max(8, 2 * availableParallelism() + 2);

/** Prepares one image, see the port `DiskImages`. `openForWriting` makes every output file. */
export async function prepareImage(
  request: PrepareImageRequest,
  openForWriting: OpenForWriting,
): Promise<PreparedImage> {
  const names = imageOutputNames(request.variant);
  refuseWhenAborted(request.signal, `preparing ${request.image}`);
  const image = await openImage(request.image);
  try {
    const parts = planImageParts((await readImageLayout(image)).partitions, image.sizeBytes, image.path);
    const { outputDirectory } = request;
    const output = await createStagedOutput({ outputDirectory, names, openForWriting });
    const run: Run = { request, image, parts, output };
    try {
      const compressed = await compressParts(run);
      await image.refuseIfChanged();
      const manifest = renderImageManifest(compressed.parts);
      refuseWhenAborted(request.signal, `preparing ${request.image}`);
      await output.commit(manifest);
      return {
        manifestPath: join(outputDirectory, names.manifest),
        partsDirectory: join(outputDirectory, names.parts),
        parts: compressed.parts,
        image: { sizeBytes: image.sizeBytes, sha256: compressed.imageSha256 },
        manifestSha256: hash('sha256', manifest),
        manifestSizeBytes: Buffer.byteLength(manifest),
      };
    } catch (error) {
      // The first failure is the one to report; leftovers are cleared by the next run.
      await output.discard().catch(() => undefined);
      throw error;
    }
  } finally {
    await image.close();
  }
}

interface Run {
  readonly request: PrepareImageRequest;
  readonly image: OpenImage;
  readonly parts: readonly ImagePart[];
  readonly output: StagedOutput;
}

interface StartedBlock {
  readonly block: PlainBlock;
  readonly compressed: Promise<Buffer>;
  readonly plainCrc: number;
}

async function compressParts(
  run: Run,
): Promise<{ readonly parts: readonly PreparedPart[]; readonly imageSha256: string }> {
  const { request, image } = run;
  const compress = createBlockCompressor();
  const sums = createPlainSums();
  const writer = createPartWriter(run.output);
  const inFlight: StartedBlock[] = [];
  let doneBytes = 0;
  const writeOldest = async () => {
    const oldest = inFlight.shift();
    if (oldest === undefined) return;
    const { block, plainCrc } = oldest;
    await writer.write({
      part: block.part,
      endsPart: block.endsPart,
      bytes: await oldest.compressed,
      plainCrc,
    });
    doneBytes += block.bytes.length;
    block.release();
    request.onProgress?.(doneBytes, image.sizeBytes);
  };
  try {
    for await (const block of readBlocks(image, run.parts)) {
      refuseWhenAborted(request.signal, `preparing ${request.image}`);
      inFlight.push(startBlock(block, compress, sums));
      if (inFlight.length >= BLOCKS_IN_FLIGHT) await writeOldest();
    }
    while (inFlight.length > 0) {
      refuseWhenAborted(request.signal, `preparing ${request.image}`);
      await writeOldest();
    }
    return { parts: await writer.finish(), imageSha256: sums.imageSha256() };
  } catch (error) {
    await Promise.allSettled(inFlight.map(({ compressed }) => compressed));
    await writer.abandon();
    throw error;
  }
}

/** The thread pool gets its work first, so that this thread takes the checksums meanwhile. */
function startBlock(block: PlainBlock, compress: CompressBlock, sums: PlainSums): StartedBlock {
  const compressed = compress(block);
  // It is awaited in order, maybe after another block has failed: until then a failure must not count as unhandled.
  compressed.catch(() => undefined);
  return { block, compressed, plainCrc: sums.add(block) };
}
