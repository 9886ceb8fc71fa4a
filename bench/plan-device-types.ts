// Plans 200 device types of one repository in one call, as a matrix job or a dry run on a laptop does.
// Usage: node bench/plan-device-types.ts [--count N]
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Json, type Ports, parseConfig, planRelease } from '../packages/core/src/index.ts';

const ROUNDS = 5;
const { values } = parseArgs({ options: { count: { type: 'string', default: '200' } } });
const count = Number(values.count);
const root = join(import.meta.dirname, '..');
const osrel = join(root, 'packages', 'cli', 'dist', 'bin.js');

const repository = makeRepository();
const machines = Array.from({ length: count }, (_, index) => `board-${index}`);
const flags = machines.flatMap((machine) => ['--machine', machine]);

const planAll = timed(() => run(['plan', ...flags, '--json']));
const planOne = timed(() => run(['plan', '--machine', 'board-0', '--json']));
const empty = timed(() => {
  spawnSync(process.execPath, ['-e', '0']);
});
const plans = JSON.parse(run(['plan', ...flags, '--json'])) as { readonly plans: readonly unknown[] };

console.log(
  `${plans.plans.length} plans in one call: median ${planAll.toFixed(0)} ms of ${ROUNDS} rounds, whole process`,
);
console.log(`one plan: ${planOne.toFixed(0)} ms; an empty Node program: ${empty.toFixed(0)} ms`);
console.log(`ratio: ${count} plans take ${(planAll / planOne).toFixed(2)} times as long as one`);
console.log(
  `planning alone, from saved facts, in one process: ${await timePlanning()} ms for ${count} plans`,
);
rmSync(repository, { recursive: true, force: true });

/** Milliseconds of the pure part: facts and request in, linked plans out. */
async function timePlanning(): Promise<string> {
  const file = join(repository, 'facts.json');
  run(['plan', '--machine', 'board-0', '--save-facts', file]);
  const saved = JSON.parse(readFileSync(file, 'utf8')) as Json | { readonly facts: readonly Json[] };
  const savedFacts =
    typeof saved === 'object' && saved !== null && 'facts' in saved
      ? (saved.facts as readonly Json[])[0]
      : saved;
  const request = {
    trigger: { kind: 'schedule' as const, repository: 'a/b', ref: 'refs/heads/main', sha: 'a'.repeat(40) },
    config: parseConfig(undefined, { file: 'osrel.yml' }),
    environment: 'local',
    machines: [],
    slug: null,
    savedFacts: (savedFacts ?? null) as Json,
  };
  const start = performance.now();
  for (let index = 0; index < count; index += 1) await planRelease(request, {} as Ports);
  return (performance.now() - start).toFixed(0);
}

function makeRepository(): string {
  const folder = mkdtempSync(join(tmpdir(), 'osrel-bench-'));
  const example = join(root, 'examples', 'device-repository');
  cpSync(example, folder, {
    recursive: true,
    filter: (path) => !/\/(build|build-tools|deploy|\.osrel)(\/|$)/.test(path),
  });
  const text = readFileSync(join(example, 'raspberrypi4-64.coffee'), 'utf8');
  for (let index = 0; index < count; index += 1) {
    writeFileSync(
      join(folder, `board-${index}.coffee`),
      text.replaceAll('raspberrypi4-64', `board-${index}`),
    );
  }
  rmSync(join(folder, 'contracts'), { recursive: true, force: true });
  const git = (...commandLine: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', ...commandLine], {
      cwd: folder,
      stdio: 'ignore',
    });
  git('init', '--initial-branch', 'main');
  git('add', '--all');
  git('commit', '--message', 'start');
  return folder;
}

function run(commandLine: readonly string[]): string {
  return execFileSync(process.execPath, [osrel, ...commandLine], {
    cwd: repository,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
}

/** Median milliseconds. */
function timed(work: () => unknown): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return rounds.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN;
}
