// `osrel release` of a version that is finished: time, and requests by target, beside `aws s3 sync` of the same files
// with nothing to do, which looks at one target only. Against doubles of all services, alternating, in one run: medians.
// Usage: npm run build && [OSREL_BENCH_AWS=<path of aws>] node bench/release.ts [--rounds N]
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { OSREL, osrel } from '../test/e2e/osrel-process.ts';
import { type RemoteServers, startRemoteServers } from '../test/remote/remote-servers.ts';
import { makeDeviceCheckout } from './parts/make-device-checkout.ts';
import { median } from './parts/median.ts';
import { readFlag } from './parts/read-flag.ts';

const AWS = process.env.OSREL_BENCH_AWS ?? 'aws';
const MACHINE = 'raspberrypi4-64';
const VERSION = '6.5.1';
const rounds = readFlag('rounds', 5);

interface Measured {
  readonly wallMs: number;
  /** By target. */
  readonly requests: ReadonlyMap<string, number>;
}

interface Program {
  readonly name: string;
  readonly file: string;
  readonly words: readonly string[];
}

function configOf({ balena, registry, s3 }: RemoteServers): string {
  return `system: balena-os
tests:
  required: [smoke]
  matrix:
    - { suite: smoke, lab: command, command: [./tests/smoke.sh], results: tap }
environment: test
environments:
  test:
    balena: { host: balena.test, organization: admin, api: "${balena.url}", registry: "${registry.url}" }
    store: { bucket: ${s3.bucket}, region: us-east-1, endpoint: "${s3.endpoint}" }
    secrets: { balenaApiKey: { env: TEST_BALENA_KEY } }
`;
}

function environmentOf({ balena, s3 }: RemoteServers): Record<string, string> {
  return {
    TEST_BALENA_KEY: balena.token,
    AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  };
}

/** Runs it to its end; the servers live in this process, which must not wait idly. */
async function measure(servers: RemoteServers, cwd: string, { file, words }: Program): Promise<Measured> {
  const from = servers.requests.length;
  const start = process.hrtime.bigint();
  const { exitCode, stdout, stderr } = await osrel(cwd, words, { file, env: environmentOf(servers) });
  const wallMs = Number(process.hrtime.bigint() - start) / 1e6;
  if (exitCode !== 0) throw new Error(`${file} exits with ${exitCode}: ${(stdout + stderr).slice(-2000)}`);
  const requests = new Map<string, number>();
  for (const { target } of servers.requests.slice(from))
    requests.set(target, (requests.get(target) ?? 0) + 1);
  return { wallMs, requests };
}

async function findAws(servers: RemoteServers, cwd: string): Promise<Program | undefined> {
  const words = ['--endpoint-url', servers.s3.endpoint, '--only-show-errors'];
  const folder = join(cwd, 'deploy', MACHINE, VERSION);
  const program = {
    name: 'aws s3 sync',
    file: AWS,
    words: ['s3', 'sync', folder, `s3://${servers.s3.bucket}/copy/`, ...words],
  };
  try {
    await measure(servers, cwd, program);
    return program;
  } catch (error) {
    console.log(`aws skipped: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

async function compare(servers: RemoteServers, cwd: string): Promise<void> {
  const release = { name: 'osrel release', file: OSREL, words: ['release'] };
  const first = await measure(servers, cwd, release);
  console.log(`first release: ${describe(first)}`);
  const aws = await findAws(servers, cwd);
  const empty = { name: 'node -e 0', file: process.execPath, words: ['-e', '0'] };
  const programs: readonly Program[] = [release, ...(aws === undefined ? [] : [aws]), empty];
  const results = new Map<string, Measured[]>(programs.map(({ name }) => [name, []]));
  for (let round = -1; round < rounds; round += 1) {
    for (const program of programs) {
      const measured = await measure(servers, cwd, program);
      if (round >= 0) results.get(program.name)?.push(measured);
    }
  }
  const timeOf = (name: string): number => median((results.get(name) ?? []).map(({ wallMs }) => wallMs));
  console.log(`nothing to do: ${rounds} rounds, load ${loadavg()[0]?.toFixed(1)}`);
  for (const [name, measured] of results) {
    const last = measured.at(-1) ?? { wallMs: 0, requests: new Map() };
    const ratio = `${(timeOf(name) / timeOf(release.name)).toFixed(2)}x`;
    console.log(`  ${name.padEnd(16)}${ratio.padStart(7)}  ${describe({ ...last, wallMs: timeOf(name) })}`);
  }
}

function describe({ wallMs, requests }: Measured): string {
  const counts = [...requests].map(([target, count]) => `${target} ${count}`);
  return `${(wallMs / 1000).toFixed(2)} s, requests: ${counts.length === 0 ? 'none' : counts.join(', ')}`;
}

const servers = await startRemoteServers([`admin/${MACHINE}`]);
const folder = mkdtempSync(join(tmpdir(), 'osrel-bench-release-'));
try {
  const path = join(folder, 'device');
  makeDeviceCheckout({ path, machine: MACHINE, version: VERSION, osrelYml: configOf(servers) });
  await compare(servers, path);
} finally {
  await servers.close();
  rmSync(folder, { recursive: true, force: true });
}
