// The digest of a built file, as every build takes it, beside sha256sum and openssl, alternating, in one run: medians.
// Usage: node bench/hashing.ts [--megabytes N] [--rounds N]
import { spawnSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestFile } from '../packages/adapters/src/yocto/digest-file.ts';
import { median } from './parts/median.ts';
import { readFlag } from './parts/read-flag.ts';

const megabytes = readFlag('megabytes', 512);
const rounds = readFlag('rounds', 5);
const folder = mkdtempSync(join(tmpdir(), 'osrel-bench-hashing-'));
const file = join(folder, 'image');

const programs: readonly (readonly [name: string, run: () => Promise<unknown>])[] = [
  ['osrel', () => digestFile(file, new AbortController().signal)],
  ['sha256sum', async () => spawnSync('sha256sum', [file])],
  ['openssl sha256', async () => spawnSync('openssl', ['dgst', '-sha256', file])],
];

try {
  const handle = openSync(file, 'w');
  const block = randomFillSync(Buffer.alloc(1e6));
  for (let written = 0; written < megabytes; written += 1) writeSync(handle, block);
  closeSync(handle);
  const times = new Map<string, number[]>(programs.map(([name]) => [name, []]));
  for (let round = -1; round < rounds; round += 1) {
    for (const [name, run] of programs) {
      const start = process.hrtime.bigint();
      await run();
      if (round >= 0) times.get(name)?.push(Number(process.hrtime.bigint() - start) / 1e6);
    }
  }
  const own = median(times.get('osrel') ?? []);
  for (const [name, list] of times) {
    const time = median(list);
    console.log(
      `${name.padEnd(16)} ${((megabytes * 1000) / time).toFixed(0).padStart(5)} MB/s  ${(time / own).toFixed(2)}x the time of osrel`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}
