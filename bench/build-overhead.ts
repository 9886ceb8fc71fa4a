// What osrel adds to a build: the same recipes by bitbake alone and by `osrel build`, alternating, in one run.
// Needs a real bitbake: OSREL_TEST_BITBAKE=<checkout> node bench/build-overhead.ts [--rounds N] [--recipes N] [--seconds N]
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  addRecipes,
  bitbakeEnvironment,
  makeYoctoRepository,
  NEEDS_BITBAKE,
  REAL_BITBAKE,
  type YoctoRepository,
} from '../test/builders/yocto-repository.ts';
import { median } from './parts/median.ts';
import { readFlag } from './parts/read-flag.ts';

const OSREL = join(dirname(import.meta.dirname), 'packages', 'cli', 'bin', 'osrel');

interface Measured {
  readonly wallMs: number;
  /** Peak of the process that was started, not of what it starts. */
  readonly peakMiB: number;
}

async function measure(cwd: string, file: string, words: readonly string[]): Promise<Measured> {
  const start = process.hrtime.bigint();
  const child = spawn(file, words, {
    cwd,
    env: { ...process.env, ...bitbakeEnvironment() },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let peakMiB = 0;
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said = (said + String(chunk)).slice(-4000);
    });
  const timer = setInterval(() => {
    peakMiB = Math.max(peakMiB, readPeak(child.pid ?? 0));
  }, 50);
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearInterval(timer);
  if (status !== 0) throw new Error(`${file} exits with ${status}: ${said}`);
  return { wallMs: Number(process.hrtime.bigint() - start) / 1e6, peakMiB };
}

function readPeak(pid: number): number {
  try {
    const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(found?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

async function clean(repository: YoctoRepository): Promise<void> {
  for (const folder of ['build', 'deploy', '.osrel'])
    await rm(join(repository.path, folder), { recursive: true, force: true });
}

/** Milliseconds of the build step alone, as the run's own events tell. */
async function stepMs(repository: YoctoRepository, eventsFile: string): Promise<number> {
  const events = (await readFile(join(repository.path, eventsFile), 'utf8')).trim().split('\n');
  for (const line of events) {
    const event = JSON.parse(line) as { type: string; stepId?: string; durationMs?: number };
    if (event.type === 'step-finished' && event.stepId === 'build-hostapp') return event.durationMs ?? 0;
  }
  throw new Error('the run has no build step');
}

async function main(bitbake: string): Promise<void> {
  const rounds = readFlag('rounds', 3);
  const seconds = readFlag('seconds', 30);
  const recipes = readFlag('recipes', 60);
  const osrelYml = `build:\n  frontend: bitbake\n  variables: { MINI_SECONDS: "${seconds}" }\n`;
  const repository = await makeYoctoRepository({ bitbake, osrelYml });
  try {
    await addRecipes(repository, recipes);
    const alone = `source layers/poky/oe-init-build-env build >/dev/null; echo 'MINI_SECONDS = "${seconds}"' > conf/auto.conf; exec bitbake balena-image`;
    const times = { bitbake: [] as number[], osrel: [] as number[], step: [] as number[] };
    let peak = 0;
    for (let round = 0; round < rounds; round += 1) {
      await clean(repository);
      process.env.TEMPLATECONF = join(repository.path, 'layers/meta-balena-mini/conf/samples');
      process.env.MACHINE = 'raspberrypi4-64';
      times.bitbake.push((await measure(repository.path, 'bash', ['-c', alone])).wallMs);
      delete process.env.TEMPLATECONF;
      delete process.env.MACHINE;
      await clean(repository);
      const words = ['build', '--machine', 'raspberrypi4-64', '--events', '.osrel/bench.jsonl'];
      const own = await measure(repository.path, OSREL, words);
      times.osrel.push(own.wallMs);
      times.step.push(await stepMs(repository, '.osrel/bench.jsonl'));
      peak = Math.max(peak, own.peakMiB);
    }
    const base = median(times.bitbake);
    console.log(`bitbake alone             ${(base / 1000).toFixed(2).padStart(8)} s`);
    for (const [name, list] of [
      ['osrel, the build step', times.step],
      ['osrel build, all of it', times.osrel],
    ] as const) {
      const time = median(list);
      console.log(
        `${name.padEnd(25)} ${(time / 1000).toFixed(2).padStart(8)} s  ${(((time - base) / base) * 100).toFixed(1)} % more, ${((time - base) / 1000).toFixed(2)} s`,
      );
    }
    console.log(`peak memory of osrel      ${peak.toFixed(0).padStart(8)} MiB`);
  } finally {
    await repository.remove();
  }
}

if (REAL_BITBAKE === undefined) console.log(`skipped: ${NEEDS_BITBAKE}`);
else await main(REAL_BITBAKE);
