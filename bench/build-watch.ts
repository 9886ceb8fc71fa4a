// How fast the output of bitbake is read: recorded consoles and event logs, and log dumps, beside `grep` over the same
// bytes, in one run: medians. Usage: node bench/build-watch.ts [--megabytes N] [--rounds N]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createBuildWatch } from '../packages/adapters/src/yocto/watch/create-build-watch.ts';
import { median } from './parts/median.ts';
import { readFlag } from './parts/read-flag.ts';

const FIXTURES = join(dirname(import.meta.dirname), 'test/fixtures/bitbake/recorded');

const bytes = readFlag('megabytes', 50) * 1e6;
const rounds = readFlag('rounds', 5);

/** The lines again and again, about so many bytes. */
function repeated(lines: readonly string[]): readonly string[] {
  const size = lines.reduce((sum, line) => sum + line.length + 1, 0);
  return Array.from({ length: Math.ceil(bytes / size) }, () => lines).flat();
}

const read = (name: string): readonly string[] =>
  readFileSync(join(FIXTURES, name), 'utf8')
    .split('\n')
    .filter((line) => line !== '');

const dump = Array.from(
  { length: 1000 },
  (_, index) => `| gcc -O2 -pipe -c source-file-number-${index}.c -o object-${index}.o -Wall -Wextra`,
);
const inputs = [
  { name: 'task lines of a console', lines: repeated(read('success.stdout')), by: 'line' },
  { name: 'log of a failing task', lines: repeated(dump), by: 'line' },
  { name: 'event log', lines: repeated(read('failing-tasks.events')), by: 'event' },
] as const;

const folder = mkdtempSync(join(tmpdir(), 'osrel-bench-watch-'));
try {
  for (const { name, lines, by } of inputs) {
    const text = `${lines.join('\n')}\n`;
    const file = join(folder, 'input');
    writeFileSync(file, text);
    const [own, grep]: [number[], number[]] = [[], []];
    for (let round = -1; round < rounds; round += 1) {
      const watch = createBuildWatch({ now: () => round });
      const start = process.hrtime.bigint();
      for (const line of lines) watch[by](line);
      const ownMs = Number(process.hrtime.bigint() - start) / 1e6;
      const grepStart = process.hrtime.bigint();
      spawnSync('grep', ['-c', '-E', '^(ERROR|WARNING): ', file]);
      const grepMs = Number(process.hrtime.bigint() - grepStart) / 1e6;
      if (round < 0) continue;
      own.push(ownMs);
      grep.push(grepMs);
    }
    const speed = (times: readonly number[]): number => text.length / 1e3 / median(times);
    console.log(
      `${name.padEnd(26)} ${speed(own).toFixed(0).padStart(5)} MB/s  grep -E ${speed(grep).toFixed(0).padStart(5)} MB/s  x${(speed(own) / speed(grep)).toFixed(2)}`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}
