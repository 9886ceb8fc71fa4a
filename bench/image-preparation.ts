/**
 * Measures `osrel image prepare` against two plain ways to do the same work, in one run, taking turns:
 *   node bench/image-preparation.ts [--size-mib N] [--rounds N]
 * one-thread  read a chunk, CRC-32, SHA-256, deflate, write; one thing after the other
 * streams     stream.pipeline with createDeflateRaw per part: checksums run beside the compression
 * Both make the same parts and flush them to disk, as osrel does; gzip is shown for information only.
 */
import { execFile } from 'node:child_process';
import { createHash, randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished, pipeline } from 'node:stream/promises';
import { parseArgs, promisify } from 'node:util';
import { constants, crc32, createDeflateRaw } from 'node:zlib';
import { createDiskImages } from '../packages/adapters/src/disk-image/create-disk-images.ts';
import { type ImagePart, planImageParts } from '../packages/core/src/model/image-parts.ts';
import { median } from './parts/median.ts';

const MIB = 1024 * 1024;
const { values } = parseArgs({
  options: { 'size-mib': { type: 'string', default: '512' }, rounds: { type: 'string', default: '3' } },
});
const sizeMib = Number(values['size-mib']);
const rounds = Number(values.rounds);
const diskImages = createDiskImages();

type Pass = (image: string, output: string, parts: readonly ImagePart[]) => Promise<void>;

const passes: Readonly<Record<string, Pass>> = {
  osrel: async (image, output) => {
    await diskImages.prepare({ image, outputDirectory: output, variant: '' });
  },
  streams: async (image, output, parts) => {
    const sums = { image: createHash('sha256'), crc: 0 };
    for (const part of parts) await streamPart(image, join(output, part.filename), part, sums);
    sums.image.digest('hex');
  },
  'one-thread': async (image, output, parts) => {
    const hash = createHash('sha256');
    for (const part of parts) await writePartInTurns(image, join(output, part.filename), part, hash);
    hash.digest('hex');
  },
};

const readPart = (image: string, part: ImagePart) =>
  createReadStream(image, {
    start: part.firstByte,
    end: part.firstByte + part.lengthBytes - 1,
    highWaterMark: MIB,
  });

async function streamPart(
  image: string,
  path: string,
  part: ImagePart,
  sums: { readonly image: ReturnType<typeof createHash>; crc: number },
): Promise<void> {
  const partHash = createHash('sha256');
  sums.crc = 0;
  await pipeline(
    readPart(image, part),
    async function* sumPlain(chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        sums.crc = crc32(chunk, sums.crc);
        sums.image.update(chunk);
        yield chunk;
      }
    },
    createDeflateRaw({ finishFlush: constants.Z_SYNC_FLUSH }),
    async function* sumCompressed(chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        partHash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(path, { flush: true }),
  );
}

async function writePartInTurns(
  image: string,
  path: string,
  part: ImagePart,
  hash: ReturnType<typeof createHash>,
): Promise<void> {
  const partHash = createHash('sha256');
  const deflate = createDeflateRaw({ finishFlush: constants.Z_SYNC_FLUSH });
  const file = createWriteStream(path, { flush: true });
  deflate.on('data', (chunk: Buffer) => partHash.update(chunk));
  deflate.pipe(file);
  let crc = 0;
  for await (const chunk of readPart(image, part)) {
    crc = crc32(chunk, crc);
    hash.update(chunk);
    if (!deflate.write(chunk)) await once(deflate, 'drain');
  }
  deflate.end();
  await finished(file);
}

/** Fills a part of the image; `program` is a real executable, the others are what their name says. */
type Filling = 'program' | 'random' | 'text' | 'zeros';

async function buildImage(path: string, mix: readonly Filling[]): Promise<void> {
  const program = await readFile(process.execPath);
  const text = Buffer.from(`${await readFile(new URL(import.meta.url), 'utf8')}\n`);
  const handle = await open(path, 'w');
  const block = Buffer.alloc(MIB);
  try {
    await handle.truncate(sizeMib * MIB);
    for (let mib = 1; mib < sizeMib; mib += 1) {
      const filling = mix[Math.floor(mib / 4) % mix.length];
      if (filling === 'zeros') continue;
      if (filling === 'random') randomFillSync(block);
      if (filling === 'text') for (let at = 0; at < MIB; at += text.length) text.copy(block, at);
      if (filling === 'program') program.copy(block, 0, ((mib * 7) % 90) * MIB);
      // Makes every block of text differ: real files are not one file repeated.
      if (filling === 'text') for (let at = 0; at < MIB; at += 97) block[at] = (mib * 31 + at * 7) % 251;
      await handle.write(block, 0, MIB, mib * MIB);
    }
    await handle.write(partitionTable(), 0, 512, 0);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** An MBR with a small boot partition and the rest in a second one, with gaps around. */
function partitionTable(): Buffer {
  const sector = Buffer.alloc(512);
  const sectors = (sizeMib * MIB) / 512;
  const boot = Math.floor(sectors / 10);
  for (const [slot, first, count] of [
    [0, 8192, boot - 8192],
    [1, boot, sectors - boot - 4096],
  ] as const) {
    sector.writeUInt8(0x83, 446 + slot * 16 + 4);
    sector.writeUInt32LE(first, 446 + slot * 16 + 8);
    sector.writeUInt32LE(count, 446 + slot * 16 + 12);
  }
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

/** Bytes this process has asked the kernel to read so far; undefined where there is no /proc. */
async function bytesRead(): Promise<number | undefined> {
  const text = await readFile('/proc/self/io', 'utf8').catch(() => undefined);
  const match = text === undefined ? null : /rchar: (\d+)/.exec(text);
  return match === null ? undefined : Number(match[1]);
}

async function measure(name: string, mix: readonly Filling[], folder: string): Promise<void> {
  const image = join(folder, 'image.img');
  await buildImage(image, mix);
  const parts = planImageParts((await diskImages.inspect(image)).partitions, sizeMib * MIB);
  console.log(`\n${name}: ${sizeMib} MiB of ${mix.join(', ')}; ${parts.length} parts`);
  // Other work on the machine hurts the parallel pass most: compare only where this is well below one.
  console.log(`  load average before: ${loadavg()[0]?.toFixed(2)}; ${availableParallelism()} processors`);
  const walls = new Map<string, number[]>();
  for (let round = 0; round < rounds; round += 1) {
    for (const [pass, run] of Object.entries(passes)) {
      const output = join(folder, pass);
      await rm(output, { recursive: true, force: true });
      await mkdir(output, { recursive: true });
      const before = await bytesRead();
      const started = performance.now();
      await run(image, output, parts);
      walls.set(pass, [...(walls.get(pass) ?? []), (performance.now() - started) / 1000]);
      const after = await bytesRead();
      // The first round also loads code.
      if (pass === 'osrel' && round === rounds - 1) reportReads(before, after);
    }
  }
  await reportWalls(walls, folder, parts);
  const started = performance.now();
  const verified = await diskImages.verify({ manifest: join(folder, 'osrel', 'image.json'), image });
  const seconds = (performance.now() - started) / 1000;
  console.log(`  verify against the image: ${verified.parts} parts equal, ${seconds.toFixed(2)} s`);
}

function reportReads(before: number | undefined, after: number | undefined): void {
  if (before === undefined || after === undefined) return;
  const extra = after - before - sizeMib * MIB;
  console.log(`  osrel read ${after - before} bytes: the image once and ${extra} bytes of tables and /proc`);
}

async function reportWalls(
  walls: ReadonlyMap<string, readonly number[]>,
  folder: string,
  parts: readonly ImagePart[],
): Promise<void> {
  const ours = walls.get('osrel') ?? [];
  for (const [pass, seconds] of walls) {
    const partsFolder = join(folder, pass, pass === 'osrel' ? 'compressed' : '');
    const sizes = await Promise.all(
      parts.map(async ({ filename }) => (await stat(join(partsFolder, filename))).size),
    );
    const compressedMib = (sizes.reduce((sum, size) => sum + size, 0) / MIB).toFixed(2);
    const each = seconds.map((value) => value.toFixed(2)).join(' ');
    const byMedian = (median(seconds) / median(ours)).toFixed(2);
    const byBest = (Math.min(...seconds) / Math.min(...ours)).toFixed(2);
    console.log(`  ${pass.padEnd(10)} ${each} s  median x${byMedian}  best x${byBest}  ${compressedMib} MiB`);
  }
}

async function showGzip(folder: string): Promise<void> {
  const started = performance.now();
  for (const program of ['pigz', 'gzip']) {
    const run = promisify(execFile)(program, ['-c', join(folder, 'image.img')], {
      encoding: 'buffer',
      maxBuffer: sizeMib * MIB * 2,
    });
    const found = await run.catch(() => undefined);
    if (found === undefined) continue;
    console.log(
      `  ${program} of the last image, for information: ${((performance.now() - started) / 1000).toFixed(2)} s`,
    );
    return;
  }
}

const folder = await mkdtemp(join(tmpdir(), 'osrel-bench-'));
try {
  await measure('without empty runs', ['program', 'text', 'random'], folder);
  await measure('realistic', ['program', 'zeros', 'text', 'program', 'zeros', 'random'], folder);
  await measure('mostly empty', ['program', ...Array<Filling>(15).fill('zeros')], folder);
  await showGzip(folder);
  console.log(`\npeak memory of this process: ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
