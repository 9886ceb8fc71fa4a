// Start-up time of the bundle against an empty Node program, in one run: medians, alternating, after a warm-up.
// Usage: node bench/start-up.ts [--rounds N]
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from './parts/median.ts';
import { readFlag } from './parts/read-flag.ts';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const BUNDLE = join(ROOT, 'packages', 'cli', 'dist', 'bin.js');
const LAUNCHER = join(ROOT, 'packages', 'cli', 'bin', 'osrel');

const rounds = readFlag('rounds', 21);

const programs = [
  { name: 'node -e 0', file: process.execPath, words: ['-e', '0'] },
  { name: 'osrel --version', file: process.execPath, words: [BUNDLE, '--version'] },
  { name: 'osrel --help', file: process.execPath, words: [BUNDLE, '--help'] },
  { name: 'osrel plan --help', file: process.execPath, words: [BUNDLE, 'plan', '--help'] },
  { name: 'bin/osrel --version (launcher)', file: LAUNCHER, words: ['--version'] },
];

const times = new Map<string, number[]>(programs.map(({ name }) => [name, []]));
for (let round = -2; round < rounds; round += 1) {
  for (const { name, file, words } of programs) {
    const start = process.hrtime.bigint();
    const { status } = spawnSync(file, words, { stdio: 'ignore' });
    if (status !== 0) throw new Error(`${name} exits with ${status}; is the bundle built? npm run build`);
    if (round >= 0) times.get(name)?.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
}

const timeOf = (name: string): number => median(times.get(name) ?? []);
const base = timeOf('node -e 0');
for (const { name } of programs) {
  const time = timeOf(name);
  console.log(`${name.padEnd(32)} ${time.toFixed(1).padStart(7)} ms  ${(time / base).toFixed(2)}x`);
}
