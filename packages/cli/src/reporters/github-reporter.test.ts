import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunEvent } from '@osrel/core';
import { afterEach, describe, expect, it } from 'vitest';
import { failingRun, finished, sampleEvent, samplePlan, sampleStep } from '../testing/sample-run.ts';
import { createGithubReporter } from './github-reporter.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'osrel-github-'));
  folders.push(folder);
  return folder;
}

async function show(
  events: Iterable<RunEvent>,
  environment: Record<string, string> = {},
  secretValues: readonly string[] = [],
  verbosity: 'normal' | 'verbose' = 'normal',
): Promise<string> {
  let text = '';
  let tokens = 0;
  const reporter = createGithubReporter({
    write: (chunk) => {
      text += chunk;
    },
    writeSecret: (chunk) => {
      text += chunk;
    },
    environment,
    secretValues,
    randomToken: () => `token${++tokens}`,
    verbosity,
  });
  for (const event of events) reporter.emit(event);
  await reporter.close();
  return text;
}

describe('the log of GitHub Actions', () => {
  it('folds steps, keeps commands of tools from acting, and annotates what failed', async () => {
    expect(await show(failingRun())).toMatchInlineSnapshot(`
      "raspberrypi4-64 6.5.1 on local: 3 steps
      ::group::build: build hostapp with barys
      ::stop-commands::token1
      ::error::from a tool red
      4 of 4 tasks (100 %)
      attempt 1 failed, again in 2.0s: error[build.failed] barys failed with exit code 1
      still running after 1m 20s: build-hostapp
      ✗ failed: error[build.failed] barys failed with exit code 1
      ::token1::
      ::endgroup::
      test: run suite smoke: ! blocked: build-hostapp failed
      deploy: make the draft release: ! blocked: build-hostapp failed
      ::error title=build-hostapp%3A error[build.failed]::barys failed with exit code 1%0Ahint: see the log
      ::warning title=blocked::2 step(s) could not start: run-suite.smoke, create-draft
      ::warning title=build-hostapp was tried again::1 failed attempt(s); last: barys failed with exit code 1
      "
    `);
  });

  it('masks secrets before anything else, line by line', async () => {
    const text = await show(failingRun(), {}, ['topsecret', 'line one\nline two%']);
    expect(text.split('\n').slice(0, 3)).toEqual([
      '::add-mask::topsecret',
      '::add-mask::line one',
      '::add-mask::line two%25',
    ]);
  });

  it('uses a new token for each group', async () => {
    const text = await show([
      sampleEvent(0, { type: 'run-started', plan: samplePlan(), resumed: false }),
      sampleEvent(1, { type: 'step-started', stepId: 'build-hostapp', attempt: 1 }),
      finished(2, 'build-hostapp'),
      sampleEvent(2, { type: 'step-started', stepId: 'create-draft', attempt: 1 }),
      sampleEvent(2, { type: 'step-log', stepId: 'create-draft', line: '::token1::' }),
      sampleEvent(2, { type: 'step-log', stepId: 'create-draft', line: '::set-output name=x::y' }),
      finished(3, 'create-draft'),
    ]);
    const lines = text.split('\n');
    const injected = lines.indexOf('::set-output name=x::y');
    expect(injected).toBeGreaterThan(lines.indexOf('::stop-commands::token2'));
    expect(injected).toBeLessThan(lines.indexOf('::token2::'));
  });

  it('never nests groups, and loses no line of steps that run side by side', async () => {
    const steps = ['a', 'b', 'c'].map((id) => sampleStep(id, 'deploy'));
    const log = (second: number, stepId: string, line: string) =>
      sampleEvent(second, { type: 'step-log', stepId, line });
    const text = await show([
      sampleEvent(0, { type: 'run-started', plan: samplePlan({ steps }), resumed: false }),
      ...steps.map((step) => sampleEvent(1, { type: 'step-started', stepId: step.id, attempt: 1 })),
      log(2, 'b', 'b1'),
      log(2, 'a', 'a1'),
      log(3, 'c', 'c1'),
      finished(4, 'b'),
      log(5, 'a', 'a2'),
      log(5, 'c', 'c2'),
      finished(6, 'a'),
      finished(7, 'c'),
    ]);
    let depth = 0;
    for (const line of text.split('\n')) {
      if (line.startsWith('::group::')) depth += 1;
      if (line === '::endgroup::') depth -= 1;
      expect(depth === 0 || depth === 1).toBe(true);
    }
    expect(depth).toBe(0);
    for (const line of ['a1', 'a2', 'b1', 'c1', 'c2'])
      expect(text.split('\n').filter((each) => each === line)).toHaveLength(1);
  });

  it('shows at most ten annotations of a kind and says how many more there are', async () => {
    const steps = Array.from({ length: 25 }, (_, index) => sampleStep(`s${index}`, 'deploy'));
    const error = { code: 'x.y', message: 'broken', hint: null, exitCode: 5 };
    const text = await show([
      sampleEvent(0, { type: 'run-started', plan: samplePlan({ steps }), resumed: false }),
      ...steps.map((step) => finished(1, step.id, { outcome: 'failed', error })),
      sampleEvent(2, { type: 'run-finished', outcome: 'failed', durationMs: 1, decisions: [], error }),
    ]);
    const errors = text.split('\n').filter((line) => line.startsWith('::error'));
    expect(errors).toHaveLength(10);
    expect(errors.at(-1)).toBe('::error title=and more::16 more; see the log');
  });
});

describe('the files of GitHub Actions', () => {
  it('get one table and the outputs, as strings', async () => {
    const folder = await makeFolder();
    const environment = {
      GITHUB_STEP_SUMMARY: join(folder, 'summary'),
      GITHUB_OUTPUT: join(folder, 'output'),
    };
    const steps = [
      sampleStep('create-draft', 'deploy'),
      sampleStep('make-final', 'finalize', { kind: 'finalize-release' }),
    ];
    await show(
      [
        sampleEvent(0, { type: 'run-started', plan: samplePlan({ steps }), resumed: false }),
        finished(1, 'create-draft', {
          receipt: { releaseId: 17, commit: 'f00' },
          because: 'a | b <b>@all</b>\nnext',
          outcome: 'adopted',
        }),
        finished(2, 'make-final', { receipt: { releaseId: 17 } }),
        sampleEvent(2, {
          type: 'run-finished',
          outcome: 'done',
          durationMs: 2000,
          decisions: [],
          error: null,
        }),
      ],
      environment,
    );
    expect(await readFile(environment.GITHUB_STEP_SUMMARY, 'utf8')).toMatchInlineSnapshot(`
      "### osrel: raspberrypi4-64 6.5.1: done in 2.0s

      1 done, 1 adopted. Run \`run-1\`, plan \`abababababab\`.

      | Stage | Step | Outcome | Time | Note |
      |---|---|---|---:|---|
      | deploy | create-draft | ♻️ adopted | 3.2s | a &#124; b &#60;b&#62;@​all&#60;/b&#62; next |
      | finalize | make-final | ✅ done | 3.2s |  |

      - finalize.evidence: skip, suite cloud has no receipt
      "
    `);
    const output = await readFile(environment.GITHUB_OUTPUT, 'utf8');
    expect(output).toContain('outcome<<osrel_token');
    expect(
      Object.fromEntries(
        [...output.matchAll(/^(.+)<<(.+)\n(.*)\n\2$/gm)].map((match) => [match[1], match[3]]),
      ),
    ).toEqual({
      outcome: 'done',
      'run-id': 'run-1',
      'plan-id': 'ab'.repeat(32),
      version: '6.5.1',
      'release-id': '17',
      'is-final': 'true',
    });
  });

  it('never let the summary grow past 1 MiB', async () => {
    const folder = await makeFolder();
    const summary = join(folder, 'summary');
    await writeFile(summary, 'x'.repeat(900 * 1024));
    const steps = Array.from({ length: 400 }, (_, index) => sampleStep(`s${index}`, 'deploy'));
    await show(
      [
        sampleEvent(0, { type: 'run-started', plan: samplePlan({ steps }), resumed: false }),
        ...steps.map((step) => finished(1, step.id, { because: 'ü'.repeat(900) })),
      ],
      { GITHUB_STEP_SUMMARY: summary },
    );
    const text = await readFile(summary, 'utf8');
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1024 * 1024);
    expect(text).toMatch(/\(cut: the step summary is full\)\n$/);
  });
});
