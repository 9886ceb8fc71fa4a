import { writeFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type SuiteReport, testSummarySchema } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { documentOf, osrel } from './osrel-process.ts';
import { makeTinyCheckout } from './tiny-checkout.ts';

const TWO_SUITES = `system: balena-os
tests:
  required: [smoke]
  matrix:
    - { suite: smoke, lab: command, command: [./tests/smoke.sh], results: tap }
    - { suite: slow, lab: command, command: [./tests/slow.sh], results: tap }
`;

const SLOW = `#!/bin/sh
echo 'ok 1 - begins'
if [ -e tests/wait ]; then echo waiting >&2; sleep 60; fi
echo '1..1'
`;

async function builtCheckout() {
  const files = { 'tests/slow.sh': SLOW };
  const checkout = await makeTinyCheckout({ osrelYml: TWO_SUITES, files });
  const built = await osrel(checkout.path, ['build']);
  expect(built.exitCode, built.stderr).toBe(0);
  return checkout;
}

async function readSummary(folder: string): Promise<readonly SuiteReport[]> {
  return testSummarySchema.parse(JSON.parse(await readFile(join(folder, 'summary.json'), 'utf8'))).suites;
}

async function newestRun(path: string): Promise<string> {
  const runs = (await readdir(join(path, '.osrel/runs'))).toSorted();
  return join(path, '.osrel/runs', runs.at(-1) ?? '');
}

describe('the reports of test suites', () => {
  it('are kept with the run and written where they are asked for, each suite in a folder of its own', async () => {
    const checkout = await builtCheckout();
    const tested = await osrel(checkout.path, ['test', '--reports', 'out']);
    expect(tested.exitCode, tested.stderr).toBe(0);
    const out = join(checkout.path, 'out');
    expect((await readdir(out)).toSorted()).toEqual(['junit.xml', 'summary.json', 'tiny-slow', 'tiny-smoke']);
    const [smoke, slow] = await readSummary(out);
    expect(smoke).toMatchObject({ entry: 'smoke', verdict: 'passed', rig: { id: 'local' }, slug: 'tiny' });
    expect(smoke?.given).toMatchObject([{ sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
    expect(smoke?.suiteRevision).toBe(checkout.head());
    expect(slow?.tests).toMatchObject([{ name: 'begins', outcome: 'passed' }]);
    const junit = await readFile(join(out, 'junit.xml'), 'utf8');
    expect(junit).toContain('name="smoke on tiny"');
    expect(junit).toBe(await readFile(join(await newestRun(checkout.path), 'reports/junit.xml'), 'utf8'));
    expect(await readFile(join(out, 'tiny-smoke/output.log'), 'utf8')).toContain('ok 1 - boots');

    await checkout.write({ 'tests/fail-marker': '' });
    await writeFile(join(out, 'tiny-smoke/old.txt'), 'of an earlier run');
    const failed = await osrel(checkout.path, ['test', 'smoke', '--reports', 'out']);
    expect(failed.exitCode).toBe(3);
    expect(await readSummary(out)).toMatchObject([{ entry: 'smoke', verdict: 'failed' }]);
    expect(await readdir(join(out, 'tiny-smoke'))).not.toContain('old.txt');
    expect(await readdir(join(out, 'tiny-slow'))).toContain('summary.json');
  });

  it('tell of a suite that was cancelled that nothing was tested', async () => {
    const checkout = await builtCheckout();
    await checkout.write({ 'tests/wait': '' });
    let isStopped = false;
    const tested = await osrel(checkout.path, ['test', 'slow', '--reports', 'out', '--verbose'], {
      onTalk: (talk, running) => {
        if (isStopped || !talk.includes('waiting')) return;
        isStopped = true;
        running.kill('SIGINT');
      },
    });
    expect(tested.exitCode).toBe(130);
    const out = join(checkout.path, 'out');
    expect(await readSummary(out)).toMatchObject([
      { entry: 'slow', verdict: 'nothing-tested', rule: 'not-run' },
    ]);
    expect(await readFile(join(out, 'junit.xml'), 'utf8')).toMatch(
      /errors="1"[\s\S]*<error [^>]*type="nothing-tested"/,
    );
  });

  it('are missed with a failure when they cannot be written where they are asked for', async () => {
    const checkout = await builtCheckout();
    writeFileSync(join(checkout.path, 'out'), 'in the way');
    const tested = await osrel(checkout.path, ['test', 'smoke', '--reports', 'out']);
    expect(tested).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('reports.not-written') });
  });
});

describe('osrel tests', () => {
  it('says that nothing ran, and what fills it', async () => {
    const checkout = await makeTinyCheckout({ osrelYml: TWO_SUITES });
    const { exitCode, stdout, stderr } = await osrel(checkout.path, ['tests']);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain('every suite that `osrel test` runs adds to it');
    expect(stderr).toContain('next: osrel test');
    const odd = await osrel(checkout.path, ['tests', '--since', 'yesterday']);
    expect(odd).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('usage.since') });
  });

  it('tells how often each test failed, and lets one look at a part of it', async () => {
    const checkout = await builtCheckout();
    expect((await osrel(checkout.path, ['test'])).exitCode).toBe(0);
    await checkout.write({ 'tests/fail-marker': '' });
    expect((await osrel(checkout.path, ['test', 'smoke'])).exitCode).toBe(3);

    const { stdout } = await osrel(checkout.path, ['tests']);
    expect(stdout).toMatch(/^tiny +\(smoke\) +2 +1 \(50%\) +0 +0 .*✗✓$/m);
    expect(stdout).toMatch(/^tiny +smoke: boots +2 +1 \(50%\) .*✗✓$/m);
    expect(stdout).toMatch(/^tiny +slow: begins +1 +0 .*✓$/m);

    const some = await osrel(checkout.path, ['tests', '--suite', 'smoke', '--failed-only', '--json']);
    expect(documentOf(some).tests).toMatchObject([
      { slug: 'tiny', suite: 'smoke', test: null, runs: 2, failed: 1, latest: ['failed', 'passed'] },
      { slug: 'tiny', suite: 'smoke', test: 'boots', runs: 2, failed: 1, lastFailure: null },
    ]);
    const none = await osrel(checkout.path, [
      'tests',
      '--machine',
      'tiny',
      '--since',
      '2999-01-01',
      '--json',
    ]);
    expect(documentOf(none).tests).toEqual([]);
  });
});
