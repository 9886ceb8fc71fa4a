import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { hangingSuite, tapSuite } from '../servers/leviathan/scripted-suites.ts';
import { type LeviathanCore, startLeviathanCore } from '../servers/leviathan/start-leviathan-core.ts';
import { type LeviathanWorker, startLeviathanWorker } from '../servers/leviathan/start-leviathan-worker.ts';
import type { SuiteScript } from '../servers/leviathan/suite-child.ts';
import { documentOf, osrel, startOsrel } from './osrel-process.ts';
import { killAllIn } from './processes-in.ts';
import { makeTinyCheckout, type TinyCheckout } from './tiny-checkout.ts';

interface Lab {
  readonly checkout: TinyCheckout;
  readonly cores: readonly LeviathanCore[];
  readonly rigs: readonly LeviathanWorker[];
}

const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

/** A built checkout whose suites run on cores and rigs of its own. */
async function openLab(
  suite: SuiteScript,
  change: {
    readonly cores?: number;
    readonly rigs?: number;
    readonly tests?: string;
    readonly matrix?: string;
  } = {},
): Promise<Lab> {
  const cores = await startMany(change.cores ?? 1, () => startLeviathanCore({ suite, pollMs: 20 }));
  const rigs = await startMany(change.rigs ?? 1, () => startLeviathanWorker());
  const checkout = await makeTinyCheckout({
    osrelYml: `tests:
  leviathan:
    suites: suites
    cores: [${cores.map(({ url }) => `"${url}"`).join(', ')}]
    rigs: [${rigs.map(({ url }) => `"${url}"`).join(', ')}]
${change.tests ?? ''}
  matrix: ${change.matrix ?? '[{ suite: os, lab: leviathan }]'}
`,
    files: {
      'suites/os/suite.js': 'module.exports = { title: "Scripted suite", tests: [] };\n',
      'suites/cloud/suite.js': 'module.exports = { title: "Cloud", tests: [] };\n',
    },
  });
  const built = await osrel(checkout.path, ['build', '--json']);
  expect(built.exitCode, built.stderr).toBe(0);
  return { checkout, cores, rigs };
}

async function startMany<Server extends { close: () => Promise<void> }>(
  count: number,
  start: () => Promise<Server>,
): Promise<readonly Server[]> {
  const servers = await Promise.all(Array.from({ length: count }, start));
  open.push(...servers);
  return servers;
}

const test = ({ checkout }: Lab, ...words: readonly string[]) =>
  osrel(checkout.path, ['test', '--json', ...words]);

const passing = tapSuite('Scripted suite', [
  { title: 'boots', result: 'passed' },
  { title: 'modem', result: 'todo' },
]);

describe('osrel test with Leviathan', () => {
  it('runs a suite on a rig, and leaves receipt, reports and history', async () => {
    const lab = await openLab(passing);
    const spoken = await test(lab, '--reports', 'out');
    expect(spoken.exitCode, spoken.stderr).toBe(0);
    const [step] = documentOf(spoken).steps;
    expect(step).toMatchObject({
      id: 'test-os',
      outcome: 'done',
      receipt: { verdict: 'passed', passed: 1, skipped: 1 },
    });

    const [core] = lab.cores;
    const [rig] = lab.rigs;
    expect(core?.runs).toHaveLength(1);
    expect(core?.runs[0]?.settings).toMatchObject({ deviceType: 'tiny', workerUrl: rig?.url });
    expect(core?.uploads.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
      'image done',
      'config done',
      'suite done',
      'kernelHeaders done',
    ]);
    expect(rig).toMatchObject({ starts: 1, teardowns: 1 });
    expect(rig?.state()).toBe('IDLE');

    const { path } = lab.checkout;
    expect(await readdir(join(path, 'out'))).toEqual(
      expect.arrayContaining(['junit.xml', 'summary.json', 'tiny-os']),
    );
    const { suites } = JSON.parse(await readFile(join(path, 'out/summary.json'), 'utf8'));
    expect(suites).toMatchObject([
      { entry: 'os', verdict: 'passed', rig: { id: rig?.url }, counts: { passed: 1, skipped: 1 } },
    ]);
    const listed = documentOf(await osrel(path, ['receipts', 'list', '--json']));
    expect(listed.devices[0].receipts).toMatchObject([
      {
        entry: 'os',
        verdict: 'passed',
        given: [{ name: 'image/balena.img' }],
        manifestSha256: suites[0].manifestSha256,
      },
    ]);
    const history = documentOf(await osrel(path, ['tests', '--json']));
    expect(JSON.stringify(history)).toContain('boots');
  });

  it.each<[string, SuiteScript, string, number]>([
    ['fails', tapSuite('S', [{ title: 'boots', result: 'failed' }]), 'tests.failed', 3],
    [
      'fails and goes on',
      tapSuite('S', [
        { title: 'a', result: 'failed-on' },
        { title: 'b', result: 'passed' },
      ]),
      'tests.failed',
      3,
    ],
    ['tests nothing', tapSuite('S', [{ title: 'a', result: 'todo' }]), 'tests.nothing-tested', 3],
    ['says nothing and ends well', () => 0, 'tests.nothing-tested', 3],
    ['ends badly before it tested', () => 1, 'lab.infrastructure', 6],
    [
      'does not know the device type',
      (child) => {
        child.print('Error: Invalid/Unsupported device type: tiny\n');
        return 1;
      },
      'tests.unsupported',
      4,
    ],
  ])('ends with its own code when the suite %s', async (_, suite, code, exitCode) => {
    const lab = await openLab(suite, { tests: '  retries: 0' });
    const spoken = await test(lab);
    expect(spoken.exitCode, spoken.stderr).toBe(exitCode);
    expect(documentOf(spoken).steps[0]).toMatchObject({ outcome: 'failed', error: { code } });
    expect(lab.rigs[0]?.state()).toBe('IDLE');
  });

  it('tries a rig that dies no second time, but another one, and says so', async () => {
    let isFirst = true;
    const lab = await openLab(
      async (child) => {
        if (!isFirst) return passing(child);
        isFirst = false;
        child.print('TAP version 13\n# Subtest: Scripted suite\n');
        await child.worker('POST', '/dut/on').catch(() => undefined);
        child.print('Lost communication with worker\n');
        return 1;
      },
      { rigs: 2 },
    );
    const spoken = await test(lab);
    expect(spoken.exitCode, spoken.stderr).toBe(0);
    const [step] = documentOf(spoken).steps;
    expect(step.receipt).toMatchObject({ verdict: 'passed', attempts: 2 });
    expect(lab.rigs.map(({ starts, teardowns }) => [starts, teardowns])).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  it('frees everything when it is interrupted', async () => {
    const lab = await openLab(hangingSuite());
    const [core] = lab.cores;
    const running = startOsrel(lab.checkout.path, ['test', '--json']);
    await core?.until(() => core.runs.length === 1);
    running.kill('SIGINT');
    const spoken = await running.ended;
    expect(spoken.exitCode, spoken.stderr).toBe(130);
    expect(lab.rigs[0]?.state()).toBe('IDLE');
    expect(core?.runs[0]).toMatchObject({ state: 'ended', stopped: true });
    const listed = documentOf(await osrel(lab.checkout.path, ['receipts', 'list', '--json']));
    expect(listed.devices[0].receipts).toEqual([]);
  });

  it('frees at its next start what it held when it was killed', async () => {
    const lab = await openLab(hangingSuite());
    const [core] = lab.cores;
    const running = startOsrel(lab.checkout.path, ['test']);
    await core?.until(() => core.runs.length === 1);
    await killAllIn(lab.checkout.path);
    running.killGroup('SIGKILL');
    await running.ended;
    expect(lab.rigs[0]?.state()).toBe('BUSY');
    core?.setSuite(passing);
    const spoken = await test(lab);
    expect(spoken.exitCode, spoken.stderr).toBe(0);
    expect(lab.rigs[0]).toMatchObject({ starts: 2 });
    expect(lab.rigs[0]?.state()).toBe('IDLE');
  });

  it('runs twelve suites on four rigs, none of them twice at once', async () => {
    const entries = Array.from({ length: 12 }, () => '{ suite: os, lab: leviathan }').join(', ');
    const busy = new Map<string, number>();
    const most: number[] = [];
    const lab = await openLab(
      async (child) => {
        const { workerUrl } = child.settings as { workerUrl: string };
        busy.set(workerUrl, (busy.get(workerUrl) ?? 0) + 1);
        most.push(busy.get(workerUrl) ?? 0);
        await child.worker('POST', '/dut/on');
        const code = await passing(child);
        busy.set(workerUrl, (busy.get(workerUrl) ?? 0) - 1);
        return code;
      },
      { cores: 4, rigs: 4, matrix: `[${entries}]` },
    );
    const spoken = await test(lab);
    expect(spoken.exitCode, spoken.stderr).toBe(0);
    expect(most).toEqual(Array.from({ length: 12 }, () => 1));
    expect(lab.rigs.reduce((sum, { starts }) => sum + starts, 0)).toBe(12);
    expect(lab.rigs.every((rig) => rig.state() === 'IDLE' && rig.starts === rig.teardowns)).toBe(true);
  });

  it('hides the key of the account, wherever a suite prints it', async () => {
    const key = 'k3y-of-the-test-account-0123456789';
    const lab = await openLab((child) => {
      const { config } = child.settings as { config: { balenaApiKey: string } };
      child.print(`logged in with ${config.balenaApiKey}\n`);
      return passing(child);
    });
    const { path } = lab.checkout;
    const env = { BALENACLOUD_API_KEY: key };
    const spoken = await osrel(path, ['test', '--json', '--reports', 'out'], { env });
    expect(spoken.exitCode, spoken.stderr).toBe(0);
    expect(lab.cores[0]?.runs[0]?.settings).toMatchObject({ config: { balenaApiKey: key } });
    expect(spoken.stderr).toContain('logged in with ***');
    for (const folder of ['out', '.osrel']) {
      const files = await readdir(join(path, folder), { recursive: true, withFileTypes: true });
      for (const file of files.filter((each) => each.isFile())) {
        const text = await readFile(join(file.parentPath, file.name), 'utf8');
        expect(text.includes(key), join(file.parentPath, file.name)).toBe(false);
      }
    }
  });

  it('refuses a suite that is not there before it takes a rig', async () => {
    const lab = await openLab(passing, { matrix: '[{ suite: clod, lab: leviathan }]' });
    const spoken = await test(lab);
    expect(spoken.exitCode).toBe(4);
    expect(documentOf(spoken).steps[0].error).toMatchObject({ code: 'lab.unknown-suite' });
    expect(documentOf(spoken).steps[0].error.hint).toContain('cloud');
    expect(lab.rigs[0]?.starts).toBe(0);
  });

  it('gives up on rigs that stay busy', async () => {
    const lab = await openLab(passing, { tests: '  retries: 0' });
    lab.rigs[0]?.occupy();
    await lab.checkout.write({
      'osrel.yml': (await readFile(join(lab.checkout.path, 'osrel.yml'), 'utf8')).replace(
        '  leviathan:\n',
        '  leviathan:\n    wait-minutes: 0\n',
      ),
    });
    const spoken = await test(lab);
    expect(spoken.exitCode, spoken.stderr).toBe(6);
    expect(documentOf(spoken).steps[0].error).toMatchObject({ code: 'lab.no-free-rig' });
    expect(lab.rigs[0]).toMatchObject({ starts: 1, teardowns: 0 });
  });
});
