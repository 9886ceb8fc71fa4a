/**
 * Measures what osrel spends on the output of a build: 1 GB of log through a pipe, lines, redaction and the kept log,
 * beside what a user would put into a pipe instead, in one run, taking turns:
 *   node bench/build-log.ts [--megabytes N] [--rounds N]
 * read      only the pipe: what the machine allows
 * lines     runProgram: lines of both streams
 * kept      the whole way of a line: run event, redaction, logs/<step>.log on disk
 * watched   the same for a build, whose every line is also read for its progress and its errors
 * shown     the same, with plain lines for a CI log beside it
 * grep, sed `grep -c SECRET`, and `sed s/SECRET/***` into a file, with the same secrets
 */
import { spawn } from 'node:child_process';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runProgram } from '../packages/adapters/src/execa/run-program.ts';
import { createSystemClock } from '../packages/adapters/src/file-system/create-system-clock.ts';
import { openEventLog } from '../packages/adapters/src/file-system/open-event-log.ts';
import { runBuild } from '../packages/adapters/src/yocto/run-build.ts';
import { createBuildWatch } from '../packages/adapters/src/yocto/watch/create-build-watch.ts';
import { fanOut } from '../packages/cli/src/reporters/fan-out.ts';
import { createPlainReporter } from '../packages/cli/src/reporters/plain-reporter.ts';
import type { Reporter } from '../packages/cli/src/reporters/reporter.ts';
import { samplePlan, sampleStep } from '../packages/cli/src/testing/sample-run.ts';
import { NO_PAINT } from '../packages/cli/src/text/paint.ts';
import { createAnnouncer } from '../packages/core/src/engine/announcer.ts';
import { createRedactor } from '../packages/core/src/engine/redactor.ts';

const { values } = parseArgs({
  options: { megabytes: { type: 'string', default: '1000' }, rounds: { type: 'string', default: '3' } },
});
const megabytes = Number(values.megabytes);
const rounds = Number(values.rounds);

const tokens = ['balena-api-key', 'aws-secret', 'github-token', 'registry-password'].map(
  (name, index) => `${name}-${(0x9e3779b97f4a7c15n * BigInt(index + 3)).toString(36)}${'qZ7x9k'.repeat(4)}`,
);
const privateKey = [
  '-----BEGIN PRIVATE KEY-----',
  ...Array.from({ length: 24 }, (_, index) =>
    Buffer.from(Array.from({ length: 48 }, (_, byte) => (index * 97 + byte * 31) % 256)).toString('base64'),
  ),
  '-----END PRIVATE KEY-----',
].join('\n');
const redactor = createRedactor([...tokens, privateKey]);

const PLAN = samplePlan({ steps: [sampleStep('build', 'build', { kind: 'build-service' })] });

/** A log with one secret in some five thousand lines, which also stands in the middle of words. */
function logText(): string {
  const tasks = ['fetch', 'unpack', 'patch', 'compile', 'install', 'package_write_ipk'];
  const lines = Array.from({ length: 5000 }, (_, index) => {
    const revision = (index * 2654435761).toString(16);
    return `NOTE: recipe linux-raspberrypi-1_6.${index % 13}+gitAUTOINC+${revision}-r0: task do_${tasks[index % 6]}: Succeeded /work/build/tmp/work/raspberrypi4_64-poky-linux/${(index * 40503).toString(36)}/temp/log.do_compile`;
  });
  return `${[...lines, `fetch https://user:${tokens[1]}@example.org/`, privateKey, ''].join('\n')}`;
}

interface Measured {
  readonly seconds: number;
  /** Processor time of this process, in seconds; undefined for another program. */
  readonly processor?: number;
  /** Largest resident size seen while it ran, in MiB; undefined for another program. */
  readonly peakMib?: number;
}

async function timed(work: () => Promise<unknown>): Promise<Measured> {
  let peak = 0;
  const look = (): void => {
    peak = Math.max(peak, process.memoryUsage.rss());
  };
  const timer = setInterval(look, 50);
  const [started, before] = [performance.now(), process.cpuUsage()];
  await work();
  clearInterval(timer);
  const { user, system } = process.cpuUsage(before);
  return {
    seconds: (performance.now() - started) / 1000,
    processor: (user + system) / 1e6,
    peakMib: Math.round(peak / 1024 / 1024),
  };
}

async function throughPipe(command: string, log: string): Promise<Measured> {
  const started = performance.now();
  const child = spawn('bash', ['-c', `cat "$1" | ${command}`, 'bash', log, join(log, '../out')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await new Promise((resolve) => child.on('close', resolve));
  return { seconds: (performance.now() - started) / 1000 };
}

async function readOnly(log: string): Promise<void> {
  const child = spawn('cat', [log], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const chunk of child.stdout) if (chunk.length === 0) throw new Error('nothing came');
}

const commandOf = (log: string) => ({
  file: 'cat',
  arguments: [log],
  workingDirectory: tmpdir(),
  environment: { PATH: process.env.PATH ?? '' },
});
const { signal } = new AbortController();
const clock = createSystemClock();

async function keepAll(
  folder: string,
  work: (onLines: (text: string) => void) => Promise<unknown>,
  beside: readonly Reporter[] = [],
): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  const eventLog = await openEventLog(folder, redactor);
  const { keep, keepLines, close } = eventLog;
  const events = fanOut([{ emit: keep, emitLines: keepLines, close }, ...beside], redactor);
  const announcer = createAnnouncer(events, clock, 'run-1');
  announcer.announce({ type: 'run-started', plan: PLAN, resumed: false });
  await work((text) => announcer.announceLines('build', text));
  await events.close();
}

const printAll = (log: string) => (onLines: (text: string) => void) =>
  runProgram({ ...commandOf(log), signal, onLine: (line) => onLines(`${line}\n`), onLines });

const build = (log: string) => (onLines: (text: string) => void) =>
  runBuild({
    started: {
      command: commandOf(log),
      eventLog: null,
      judge: () => undefined,
      finish: async () => undefined,
    },
    watch: createBuildWatch({ now: () => performance.now() }),
    observer: {
      signal,
      endNow: signal,
      onLine: (line) => onLines(`${line}\n`),
      onLines,
      onProgress: () => undefined,
      keepLog: async () => undefined,
    },
    runProgram,
    clock,
    onStart: async () => undefined,
  });

/** What a CI log would show, to nobody. */
const plainReporter = () =>
  createPlainReporter({ write: () => undefined, paint: NO_PAINT, verbosity: 'normal' });

/** Looks with grep, which shares no code with what it checks. */
async function refuseLeaks(folder: string): Promise<void> {
  const secrets = [...tokens, ...privateKey.split('\n')].flatMap((secret) => ['-e', secret]);
  const child = spawn('grep', ['-r', '-F', '-l', ...secrets, folder], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const status = await new Promise((resolve) => child.on('close', resolve));
  // 1: looked through everything and found nothing.
  if (status !== 1) throw new Error(`a secret is in the kept log, or grep failed (${status})`);
}

async function writeLog(path: string): Promise<number> {
  const block = Buffer.from(logText());
  const handle = await open(path, 'w');
  for (let written = 0; written < megabytes * 1e6; written += block.length) await handle.write(block);
  await handle.close();
  return (await stat(path)).size / 1e6;
}

const folder = await mkdtemp(join(tmpdir(), 'osrel-bench-'));
try {
  const log = join(folder, 'build.log');
  const size = await writeLog(log);
  const sed = tokens.map((token) => `-e 's/${token}/***/g'`).join(' ');
  const grep = tokens.map((token) => `-e ${token}`).join(' ');
  const passes: Readonly<Record<string, () => Promise<Measured>>> = {
    read: () => timed(() => readOnly(log)),
    lines: () => timed(() => runProgram({ ...commandOf(log), signal, onLine: () => undefined })),
    kept: () => timed(() => keepAll(join(folder, 'run'), printAll(log))),
    watched: () => timed(() => keepAll(join(folder, 'run'), build(log))),
    shown: () => timed(() => keepAll(join(folder, 'run'), build(log), [plainReporter()])),
    grep: () => throughPipe(`grep -F -c ${grep} > "$2"`, log),
    sed: () => throughPipe(`sed ${sed} > "$2"`, log),
  };
  console.log(
    `${Math.round(size)} MB of build log, four tokens and a private key; load average ${loadavg()[0]?.toFixed(2)}`,
  );
  const measured = new Map<string, Measured[]>();
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, pass] of Object.entries(passes))
      measured.set(name, [...(measured.get(name) ?? []), await pass()]);
  }
  const best = (name: string): number =>
    Math.min(...(measured.get(name) ?? []).map(({ seconds }) => seconds));
  for (const [name, results] of measured) {
    const rates = results.map(({ seconds }) => Math.round(size / seconds)).join(' ');
    const peak = Math.max(...results.map(({ peakMib = 0 }) => peakMib));
    const processor = Math.min(...results.map((each) => each.processor ?? Number.POSITIVE_INFINITY));
    const ratio = (best(name) / best('kept')).toFixed(2);
    // On a machine that does other work too, only processor time says something.
    const own = peak === 0 ? '' : `  ${Math.round(size / processor)} MB per s of processor, peak ${peak} MiB`;
    console.log(`  ${name.padEnd(8)} ${rates.padEnd(16)} MB/s  time x${ratio} of kept${own}`);
  }
  await refuseLeaks(join(folder, 'run'));
  console.log('  no secret is in the kept log');
} finally {
  await rm(folder, { recursive: true, force: true });
}
