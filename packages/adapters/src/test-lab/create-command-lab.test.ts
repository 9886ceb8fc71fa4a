import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SuiteRequest } from '@osrel/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createProgramSlot } from '../execa/create-program-slot.ts';
import { runProgram } from '../execa/run-program.ts';
import { createCommandLab } from './create-command-lab.ts';

let root = '';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'osrel-lab-'));
});

afterEach(async () => {
  for (const folder of [root, `${root}-slots`]) await rm(folder, { recursive: true, force: true });
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
  });
  const request: SuiteRequest = {
    id: 'smoke',
    suite: 'smoke',
    lab: 'command',
    command: ['./smoke', 'quick'],
    results: 'tap',
    deployDirectory: '/srv/deploy',
    image: '/srv/deploy/balena.img',
    machine: 'qemux86',
    slug: 'qemu',
    version: '6.5.1',
    timeoutMs: 30_000,
    ...changes,
  };
  return { result: lab.runSuite(request, { signal, onLine: (line) => lines.push(line) }), lines };
}

describe('createCommandLab', () => {
  it('runs the command in the repository with what it must know, and hands over its lines', async () => {
    const { result, lines } = await suite(`
      const { LANG, OSREL_DEPLOY_DIR, OSREL_IMAGE, OSREL_MACHINE, OSREL_SLUG, OSREL_VERSION } = process.env;
      console.log('#', process.argv[2], process.cwd(), LANG, OSREL_DEPLOY_DIR, OSREL_IMAGE, OSREL_MACHINE, OSREL_SLUG, OSREL_VERSION);
      console.error('noise');
      console.log('ok 1 - boots\\n1..1');
    `);
    expect(await result).toMatchObject({ verdict: 'passed', tests: [{ name: 'boots', outcome: 'passed' }] });
    expect(lines[0]).toBe(`# quick ${root} C /srv/deploy /srv/deploy/balena.img qemux86 qemu 6.5.1`);
    expect(lines).toContain('noise');
  });

  it('answers a failing product instead of throwing', async () => {
    const { result } = await suite("console.log('not ok 1 - boots\\n1..1'); process.exitCode = 1;");
    expect(await result).toMatchObject({ verdict: 'failed', because: '0 passed, 1 failed; first: boots' });
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
