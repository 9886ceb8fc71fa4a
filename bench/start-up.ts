// Start-up time of the bundle against an empty Node program, in one run: medians, alternating, after a warm-up.
// Usage: node bench/start-up.ts [--rounds N]
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const BUNDLE = join(ROOT, 'packages', 'cli', 'dist', 'bin.js');
const LAUNCHER = join(ROOT, 'packages', 'cli', 'bin', 'osrel');

const flag = process.argv.indexOf('--rounds');
const rounds = flag === -1 ? 21 : Number(process.argv[flag + 1]);

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

const median = (name: string): number => {
  const sorted = (times.get(name) ?? []).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};
const base = median('node -e 0');
for (const { name } of programs) {
  const time = median(name);
  console.log(`${name.padEnd(32)} ${time.toFixed(1).padStart(7)} ms  ${(time / base).toFixed(2)}x`);
}
