import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LeviathanWorker, startLeviathanWorker } from '../servers/leviathan/start-leviathan-worker.ts';
import { type RealCore, startRealCore, whyNoRealCore } from '../servers/leviathan/start-real-core.ts';
import { documentOf, osrel, ROOT } from './osrel-process.ts';
import { makeTinyCheckout } from './tiny-checkout.ts';

const missing = whyNoRealCore();
const SUITES = join(ROOT, 'test/fixtures/leviathan/suites');

/** What each recorded suite comes to: exit code of osrel, verdict, rule. */
const EXPECTED: Readonly<Record<string, readonly [number, string, string]>> = {
  passing: [0, 'passed', 'passed'],
  failing: [3, 'failed', 'failed-test'],
  skipped: [0, 'passed', 'passed'],
  unstable: [3, 'nothing-tested', 'nothing-tested'],
  empty: [3, 'nothing-tested', 'nothing-tested'],
  'missing-test': [3, 'failed', 'unresolved-test'],
  'setup-throws': [3, 'failed', 'failed-setup'],
  crashing: [3, 'failed', 'failed-test'],
  talkative: [0, 'passed', 'passed'],
  progress: [0, 'passed', 'passed'],
  'worker-calls': [0, 'passed', 'passed'],
};

describe.skipIf(missing !== undefined)(
  `osrel test with a real core (${missing ?? 'OSREL_TEST_LEVIATHAN'})`,
  { timeout: 300_000 },
  () => {
    let folder: string;
    let core: RealCore;
    let rig: LeviathanWorker;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'osrel-real-'));
      core = await startRealCore(join(folder, 'core'));
      rig = await startLeviathanWorker();
    }, 60_000);
    afterAll(async () => {
      await rig?.close();
      await core?.close();
      await rm(folder, { recursive: true, force: true });
    });

    it.for(Object.entries(EXPECTED))('gives suite %s its verdict', async ([suite, expected]) => {
      const checkout = await makeTinyCheckout({
        machines: ['generic-amd64'],
        osrelYml: `tests:
  retries: 0
  leviathan: { suites: suites, cores: ["${core.url}"], rigs: ["${rig.url}"], unstable: [shaky, shakier] }
  matrix: [{ suite: ${suite}, lab: leviathan }]
`,
      });
      await cp(join(SUITES, suite), join(checkout.path, 'suites', suite), { recursive: true });
      const built = await osrel(checkout.path, ['build', '--json']);
      expect(built.exitCode, built.stderr).toBe(0);
      const spoken = await osrel(checkout.path, ['test', '--json', '--reports', 'out']);
      const listed = documentOf(await osrel(checkout.path, ['receipts', 'list', '--json']));
      const [receipt] = listed.devices[0].receipts;
      const { suites } = JSON.parse(await readFile(join(checkout.path, 'out/summary.json'), 'utf8'));
      expect([spoken.exitCode, receipt?.verdict, suites[0]?.rule], spoken.stderr).toEqual(expected);
      expect(rig.state()).toBe('IDLE');
    });
  },
);
