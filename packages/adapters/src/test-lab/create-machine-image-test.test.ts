import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../execa/run-program.ts';
import { createMachineImageTest } from './create-machine-image-test.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'osrel-image-test-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function run(
  source: string,
  change: { readonly command?: string[]; readonly timeoutMs?: number } = {},
) {
  await writeFile(join(root, 'boot'), `#!${process.execPath}\n${source}`);
  await chmod(join(root, 'boot'), 0o755);
  const lines: string[] = [];
  const test = createMachineImageTest({
    run: runProgram,
    root,
    environment: { LANG: 'C' },
    region: 'eu-central-1',
    killAfterMs: 300,
  });
  const request = { imageId: 'ami-1', name: 'balenaOS-6.5.1-generic-amd64', timeoutMs: 30_000 };
  const observer = { signal: new AbortController().signal, onLine: (line: string) => void lines.push(line) };
  return { result: await test({ ...request, command: ['./boot', 'quick'], ...change }, observer), lines };
}

describe('createMachineImageTest', () => {
  it('tells the command which image it is, and takes exit code 0 for a pass', async () => {
    const { result, lines } = await run(`
      const { OSREL_MACHINE_IMAGE, OSREL_MACHINE_IMAGE_NAME, OSREL_MACHINE_IMAGE_REGION, LANG } = process.env;
      console.log(process.argv[2], OSREL_MACHINE_IMAGE, OSREL_MACHINE_IMAGE_NAME, OSREL_MACHINE_IMAGE_REGION, LANG);
    `);
    expect(result).toMatchObject({ verdict: 'passed' });
    expect(lines).toEqual(['quick ami-1 balenaOS-6.5.1-generic-amd64 eu-central-1 C']);
  });

  it('takes any other exit code for a failure', async () => {
    const { result } = await run('process.exitCode = 3');
    expect(result).toEqual({ verdict: 'failed', tests: [], because: 'its exit code is 3' });
  });

  it('judges TAP by its tests, whatever the exit code says', async () => {
    const failed = await run("console.log('ok 1 - boots\\nnot ok 2 - supervisor\\n1..2')");
    expect(failed.result).toMatchObject({ verdict: 'failed', tests: [{}, { name: 'supervisor' }] });
    const skipped = await run("console.log('1..0 # SKIP no quota')");
    expect(skipped.result.verdict).toBe('nothing-tested');
  });

  it('blames the rig for a command that cannot start or does not end', async () => {
    const missing = await run('', { command: ['./no-such-file'] });
    expect(missing.result).toMatchObject({
      verdict: 'rig-failure',
      because: expect.stringContaining('not found'),
    });
    const endless = await run('setInterval(() => {}, 1000)', { timeoutMs: 100 });
    expect(endless.result.verdict).toBe('rig-failure');
  });
});
