import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SuiteObserver, SuiteProgress, SuiteRequest } from '@osrel/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createProgramSlot } from '../execa/create-program-slot.ts';
import { runProgram } from '../execa/run-program.ts';
import { createCommandLab } from './create-command-lab.ts';

let root = '';
/** Of the text `bytes`. */
const IMAGE_SHA256 = '277089d91c0bdf4f2e6862ba7e4a07605119431f5d13f726dd352b06f1b206a9';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'osrel-lab-'));
});

afterEach(async () => {
  for (const folder of [root, `${root}-slots`, `${root}-image`])
    await rm(folder, { recursive: true, force: true });
});

const signals = {
  ownPid: process.pid,
  send: (pid: number, signal: NodeJS.Signals) => void process.kill(pid, signal),
};
const slotOf = (name: string) =>
  createProgramSlot({ record: join(`${root}-slots`, `${name}.json`), folder: root, signals });

async function suite(
  source: string,
  changes: Partial<SuiteRequest> = {},
  signal = new AbortController().signal,
) {
  await writeFile(join(root, 'smoke'), `#!${process.execPath}\n${source}`);
  await chmod(join(root, 'smoke'), 0o755);
  const lines: string[] = [];
  const lab = createCommandLab({
    run: runProgram,
    slotOf,
    root,
    environment: { LANG: 'C' },
    temporaryDirectory: root,
    killAfterMs: 300,
    verdicts: [{ match: 'no such board', verdict: 'rig-failure', because: 'it is off', suite: null }],
    revisionOf: async () => 'a1b2c3',
  });
  const request: SuiteRequest = {
    id: 'smoke',
    suite: 'smoke',
    lab: 'command',
    worker: 'local',
    command: ['./smoke', 'quick'],
    results: 'tap',
    deployDirectory: '/srv/deploy',
    image: null,
    hostapp: null,
    kernelHeaders: null,
    machine: 'qemux86',
    slug: 'qemu',
    architecture: 'amd64',
    version: '6.5.1',
    timeoutMs: 30_000,
    environment: null,
    workerFleets: null,
    testOrganization: null,
    secureBoot: false,
    testImage: null,
    marker: null,
    failFast: true,
    attempt: 1,
    avoidRigs: [],
    ...changes,
  };
  const progress: SuiteProgress[] = [];
  const observer: SuiteObserver = {
    signal,
    onLine: (line) => lines.push(line),
    onProgress: (each) => progress.push(each),
    keep: async () => undefined,
  };
  return { result: lab.runSuite(request, observer), lines, progress };
}

describe('createCommandLab', () => {
  it('runs the command in the repository with what it must know, and hands over its lines', async () => {
    await writeFile(`${root}-image`, 'bytes');
    const image = { name: 'image/balena.img', path: `${root}-image` };
    const { result, lines, progress } = await suite(
      `
      const { LANG, OSREL_DEPLOY_DIR, OSREL_IMAGE, OSREL_MACHINE, OSREL_SLUG, OSREL_VERSION } = process.env;
      console.log('#', process.argv[2], process.cwd(), LANG, OSREL_DEPLOY_DIR, OSREL_IMAGE, OSREL_MACHINE, OSREL_SLUG, OSREL_VERSION);
      console.error('noise');
      console.log('ok 1 - boots\\n1..1');
    `,
      { image },
    );
    expect(await result).toMatchObject({
      verdict: 'passed',
      tests: [{ name: 'boots', outcome: 'passed' }],
      rig: { id: 'local', kind: 'local' },
      given: [{ name: 'image/balena.img', sizeBytes: 5, sha256: IMAGE_SHA256 }],
      suiteRevision: 'a1b2c3',
    });
    expect(progress.at(-1)).toMatchObject({ activity: 'testing', passed: 1, failed: 0 });
    expect(lines[0]).toBe(`# quick ${root} C /srv/deploy ${root}-image qemux86 qemu 6.5.1`);
    expect(lines).toContain('noise');
  });

  it('answers a failing product instead of throwing', async () => {
    const { result } = await suite("console.log('not ok 1 - boots\\n1..1'); process.exitCode = 1;");
    expect(await result).toMatchObject({ verdict: 'failed', because: '0 passed, 1 failed; first: boots' });
  });

  it('lets a rule of osrel.yml name the cause of a failure, and no rule that is about Leviathan', async () => {
    const rig = await suite("console.log('no such board'); console.log('not ok 1 - boots\\n1..1');");
    expect(await rig.result).toMatchObject({ verdict: 'rig-failure', rule: 'tests.verdicts[0]' });
    const own = await suite("console.log('not ok 1 - toomanyrequests\\n1..1');");
    expect(await own.result).toMatchObject({ verdict: 'failed', rule: 'failed-test' });
  });

  it('reads a TAP line that is longer than what is shown of it', async () => {
    const { result } = await suite("console.log('ok 1 - ' + 'x'.repeat(20000) + ' # SKIP long\\n1..1')");
    expect(await result).toMatchObject({ verdict: 'nothing-tested' });
  });

  it('reads every JUnit report of the folder, so that a failure in one is not missed', async () => {
    const source = `
      const { writeFileSync } = require('node:fs');
      const folder = process.env.OSREL_REPORTS;
      writeFileSync(folder + '/a.xml', '<testsuite name="a"><testcase name="one"><failure/></testcase></testsuite>');
      writeFileSync(folder + '/b.xml', '<testsuite name="b"><testcase name="two"/></testsuite>');
    `;
    const { result } = await suite(source, { results: 'junit' });
    expect(await result).toMatchObject({ verdict: 'failed', because: '1 passed, 1 failed; first: a > one' });
    expect(await readdir(root)).toEqual(['smoke']);
  });

  it('reads a JUnit report from stdout when the folder has none', async () => {
    const { result } = await suite('console.log(\'<testsuite name="s"><testcase name="a"/></testsuite>\')', {
      results: 'junit',
    });
    expect(await result).toMatchObject({ verdict: 'passed' });
  });

  it('blames the rig for a command that cannot start or does not end', async () => {
    const missing = await suite('', { command: ['./no-such-file'] });
    expect(await missing.result).toMatchObject({
      verdict: 'rig-failure',
      because: expect.stringContaining('not found'),
    });
    const endless = await suite('setInterval(() => {}, 1000)', { timeoutMs: 100 });
    expect(await endless.result).toMatchObject({ verdict: 'rig-failure' });
  });

  it('stops with the run and leaves no folder behind', async () => {
    const { result } = await suite('setInterval(() => {}, 1000)', {}, AbortSignal.abort());
    await expect(result).rejects.toMatchObject({ kind: 'cancelled' });
    expect(await readdir(root)).toEqual(['smoke']);
  });

  it('refuses another lab and a suite without a command', async () => {
    await expect((await suite('', { lab: 'leviathan' })).result).rejects.toMatchObject({
      kind: 'rig',
      code: 'lab.unavailable',
      message: expect.stringContaining('command'),
    });
    await expect((await suite('', { command: [] })).result).rejects.toMatchObject({ code: 'lab.no-command' });
  });
});
