/**
 * Twelve suites on four rigs, beside one suite alone in the same run: how far the wall time is from the ideal schedule,
 * in which every rig has three suites one after the other and is never idle:
 *   node bench/test-schedule.ts [--suites N] [--rigs N] [--suite-seconds N] [--poll-ms N]
 * Cores and rigs are the doubles of test/servers/leviathan; a real core looks for the end of each of four uploads every
 * two seconds, and so do these unless --poll-ms says otherwise.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { osrel } from '../test/e2e/osrel-process.ts';
import { passingSuite } from '../test/servers/leviathan/scripted-suites.ts';
import { startLeviathanCore } from '../test/servers/leviathan/start-leviathan-core.ts';
import { startLeviathanWorker } from '../test/servers/leviathan/start-leviathan-worker.ts';
import type { SuiteScript } from '../test/servers/leviathan/suite-child.ts';
import { makeDeviceCheckout } from './parts/make-device-checkout.ts';
import { readFlag } from './parts/read-flag.ts';

const suites = readFlag('suites', 12);
const rigCount = readFlag('rigs', 4);
const suiteMs = readFlag('suite-seconds', 20) * 1000;
const pollMs = readFlag('poll-ms', 2000);
const path = mkdtempSync(join(tmpdir(), 'osrel-bench-schedule-'));

const script: SuiteScript = async (child) => {
  await wait(suiteMs);
  return passingSuite()(child);
};
const cores = await Promise.all(
  Array.from({ length: rigCount }, () => startLeviathanCore({ suite: script, pollMs })),
);
const rigs = await Promise.all(Array.from({ length: rigCount }, () => startLeviathanWorker()));

function configOf(count: number): string {
  const addresses = (servers: readonly { readonly url: string }[]) =>
    servers.map(({ url }) => JSON.stringify(url)).join(', ');
  return `tests:
  leviathan: { suites: suites, cores: [${addresses(cores)}], rigs: [${addresses(rigs)}] }
  matrix:
${'    - { suite: own, lab: leviathan }\n'.repeat(count)}`;
}

async function measure(count: number): Promise<number> {
  writeFileSync(join(path, 'osrel.yml'), configOf(count));
  const start = process.hrtime.bigint();
  const { exitCode, stderr } = await osrel(path, ['test']);
  if (exitCode !== 0) throw new Error(`osrel test exits with ${exitCode}: ${stderr.slice(-2000)}`);
  return Number(process.hrtime.bigint() - start) / 1e6;
}

try {
  makeDeviceCheckout({ path, machine: 'raspberrypi4-64', version: '6.5.1', osrelYml: configOf(1) });
  mkdirSync(join(path, 'suites/own'), { recursive: true });
  writeFileSync(join(path, 'suites/own/suite.js'), 'module.exports = { title: "Own", tests: [] };\n');
  const built = await osrel(path, ['build']);
  if (built.exitCode !== 0) throw new Error(built.stderr);
  console.log(`${availableParallelism()} processors; load before ${loadavg()[0]?.toFixed(2)}`);
  const alone = await measure(1);
  const all = await measure(suites);
  const ideal = Math.ceil(suites / rigCount) * alone;
  console.log(`one suite alone: ${(alone / 1000).toFixed(2)} s`);
  console.log(`${suites} suites on ${rigCount} rigs: ${(all / 1000).toFixed(2)} s`);
  console.log(`ideal schedule: ${(ideal / 1000).toFixed(2)} s; ratio ${(all / ideal).toFixed(3)}`);
  console.log(`starts by rig: ${rigs.map(({ starts }) => starts).join(', ')}`);
} finally {
  await Promise.all([...cores, ...rigs].map((server) => server.close()));
  rmSync(path, { recursive: true, force: true });
}
