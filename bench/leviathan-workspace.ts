/**
 * The disk image as suites are sent it, made ready by osrel, beside what the reference workflow does (gzip -9, for each
 * suite anew) and pigz where it is installed; taking turns in one run, medians as ratios:
 *   node bench/leviathan-workspace.ts [--size-mib N] [--rounds N]
 * osrel digests both sides in the same pass; "kept" is a later run, which reads image and result to the end instead.
 */
import { spawnSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { copyFile, mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemClock } from '../packages/adapters/src/file-system/create-system-clock.ts';
import { createCacheOwner } from '../packages/adapters/src/leviathan/workspace/in-use-owner.ts';
import { createTransportCache } from '../packages/adapters/src/leviathan/workspace/transport-cache.ts';
import { median } from './parts/median.ts';
import { readFlag } from './parts/read-flag.ts';

const MIB = 1024 * 1024;
const sizeMib = readFlag('size-mib', 512);
const rounds = readFlag('rounds', 3);
const folder = await mkdtemp(join(tmpdir(), 'osrel-bench-workspace-'));
const image = join(folder, 'balena.img');
const cacheFolder = join(folder, 'cache');

type Pass = () => Promise<number>;

/** The size of the result in bytes. */
async function compressWithOsrel(): Promise<number> {
  const compress = createTransportCache({
    folder: cacheFolder,
    owner: () => createCacheOwner(process.pid),
    clock: createSystemClock(),
  });
  const { sizeBytes } = await compress(image, { signal: new AbortController().signal, onPercent: () => {} });
  return sizeBytes;
}

function programPass(name: string, ...flags: readonly string[]): Pass {
  return async () => {
    const copy = join(folder, 'copy.img');
    await copyFile(image, copy);
    const { status, error } = spawnSync(name, [...flags, '--force', copy]);
    if (status !== 0) throw new Error(`${name} fails: ${error?.message ?? status}`);
    return (await stat(`${copy}.gz`)).size;
  };
}

/** A realistic mix: a program, text and zeros, and a part that does not compress. */
async function buildImage(): Promise<void> {
  const program = await readFile(process.execPath);
  const block = Buffer.alloc(MIB);
  const handle = await open(image, 'w');
  for (let mib = 0; mib < sizeMib; mib += 1) {
    const kind = Math.floor(mib / 4) % 6;
    if (kind === 0 || kind === 2 || kind === 4) program.copy(block, 0, ((mib * 7) % 90) * MIB);
    else if (kind === 1) randomFillSync(block);
    else block.fill(0);
    await handle.write(block, 0, MIB, mib * MIB);
  }
  await handle.close();
}

const hasPigz = spawnSync('pigz', ['--version']).error === undefined;
const passes: Readonly<Record<string, Pass>> = {
  osrel: async () => {
    await rm(cacheFolder, { recursive: true, force: true });
    return compressWithOsrel();
  },
  'osrel, kept': compressWithOsrel,
  'gzip -9': programPass('gzip', '-9'),
  'gzip -6': programPass('gzip', '-6'),
  ...(hasPigz ? { 'pigz -6': programPass('pigz', '-6') } : {}),
};

try {
  await buildImage();
  console.log(
    `${sizeMib} MiB; ${availableParallelism()} processors; load before ${loadavg()[0]?.toFixed(2)}`,
  );
  const times = new Map<string, number[]>(Object.keys(passes).map((name) => [name, []]));
  const sizes = new Map<string, number>();
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, pass] of Object.entries(passes)) {
      const start = performance.now();
      sizes.set(name, await pass());
      times.get(name)?.push(performance.now() - start);
    }
  }
  const own = median(times.get('osrel') ?? []);
  for (const [name, list] of times) {
    const time = median(list);
    const size = ((sizes.get(name) ?? 0) / MIB).toFixed(1);
    const ratio = (time / own).toFixed(2);
    console.log(`${name.padEnd(12)} ${(time / 1000).toFixed(2).padStart(6)} s  ${ratio}x osrel  ${size} MiB`);
  }
  if (!hasPigz) console.log('pigz is not installed');
} finally {
  await rm(folder, { recursive: true });
}
