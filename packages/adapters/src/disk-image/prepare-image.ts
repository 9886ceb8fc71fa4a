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
import { type CompressBlock, createBlockCompressor } from '../compress-blocks.ts';
import { renderFullBlockMap } from './block-map.ts';
import { type BlockMapCheck, createBlockMapCheck } from './check-block-map.ts';
import { blockMapWrong, findGivenBlockMap, type GivenBlockMap } from './find-given-block-map.ts';
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
    const blockMapPath = join(outputDirectory, names.blockMap);
    const given = await findGivenBlockMap(image.path, blockMapPath);
    const output = await createStagedOutput({ outputDirectory, names, openForWriting });
    const run: Run = { request, image, parts, output, given };
    try {
      const compressed = await compressParts(run);
      await image.refuseIfChanged();
      const manifest = renderImageManifest(compressed.parts);
      refuseWhenAborted(request.signal, `preparing ${request.image}`);
      const plain = { sizeBytes: image.sizeBytes, sha256: compressed.imageSha256 };
      await output.commit({ manifest, blockMap: given?.text ?? renderFullBlockMap(plain) });
      return {
        manifestPath: join(outputDirectory, names.manifest),
        partsDirectory: join(outputDirectory, names.parts),
        parts: compressed.parts,
        blockMapPath,
        image: plain,
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
  readonly given: GivenBlockMap | undefined;
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
  const mapped = run.given === undefined ? undefined : createBlockMapCheck(run.given.map);
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
      mapped?.add(block.bytes);
      if (inFlight.length >= BLOCKS_IN_FLIGHT) await writeOldest();
    }
    while (inFlight.length > 0) {
      refuseWhenAborted(request.signal, `preparing ${request.image}`);
      await writeOldest();
    }
    refuseWrongBlockMap(run.given, mapped);
    return { parts: await writer.finish(), imageSha256: sums.imageSha256() };
  } catch (error) {
    await Promise.allSettled(inFlight.map(({ compressed }) => compressed));
    await writer.abandon();
    throw error;
  }
}

function refuseWrongBlockMap(given: GivenBlockMap | undefined, mapped: BlockMapCheck | undefined): void {
  const defect = mapped?.findDefect();
  if (given !== undefined && defect !== undefined) throw blockMapWrong(given.path, defect);
}

/** The thread pool gets its work first, so that this thread takes the checksums meanwhile. */
function startBlock(block: PlainBlock, compress: CompressBlock, sums: PlainSums): StartedBlock {
  const compressed = compress(block);
  // It is awaited in order, maybe after another block has failed: until then a failure must not count as unhandled.
  compressed.catch(() => undefined);
  return { block, compressed, plainCrc: sums.add(block) };
}
