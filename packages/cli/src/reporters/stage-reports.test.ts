import { type Clock, parseConfig, type StageReport } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { failingRun, finished, sampleEvent, samplePlan } from '../testing/sample-run.ts';
import { createStageReports, stagePlaceOf } from './stage-reports.ts';

const place = { repository: 'example/device', headSha: 'c'.repeat(40), slug: 'raspberrypi4-64' };

/** Never wakes anybody by itself. */
function stillClock() {
  const sleepers: (() => void)[] = [];
  const clock: Clock = {
    now: () => '2026-11-21T04:00:00.000Z',
    sleep: (_, signal) =>
      new Promise((resolve, reject) => {
        sleepers.push(resolve);
        signal?.addEventListener('abort', () => reject(signal.reason));
      }),
  };
  return { clock, wake: () => sleepers.forEach((resolve) => void resolve()) };
}

function start(reportStage: (report: StageReport) => Promise<void>) {
  const complaints: string[] = [];
  const { clock, wake } = stillClock();
  const codeHost = { reportStage };
  const reporter = createStageReports({ place, codeHost, clock, complain: (line) => complaints.push(line) });
  return { reporter, complaints, wake };
}

describe('the stages on a commit', () => {
  it('are pending while they run, and end as their steps did', async () => {
    const seen: StageReport[] = [];
    const { reporter } = start(async (report) => void seen.push(report));
    for (const event of failingRun()) {
      reporter.emit(event);
      await Promise.resolve();
    }
    await reporter.close();
    expect(seen.map(({ stage, state, title }) => `${stage} ${state}: ${title}`)).toEqual([
      'build pending: 0 of 1 steps',
      'build failure: build-hostapp: error[build.failed] barys failed with exit code 1',
      'test failure: 1 blocked',
      'deploy failure: 1 blocked',
    ]);
    expect(seen[1]).toMatchObject({ ...place, runId: 'run-1', startedAt: '2026-11-21T04:00:00.000Z' });
    expect(seen[1]?.summary).toContain('| build-hostapp | ❌ failed | 1m 30s |');
  });

  it('are good when every step was done, adopted or skipped', async () => {
    const seen: StageReport[] = [];
    const { reporter } = start(async (report) => void seen.push(report));
    reporter.emit(sampleEvent(0, { type: 'run-started', plan: samplePlan(), resumed: true }));
    reporter.emit(finished(1, 'build-hostapp', { fromJournal: true }));
    reporter.emit(finished(2, 'run-suite.smoke', { outcome: 'adopted' }));
    reporter.emit(finished(3, 'create-draft', { outcome: 'skipped' }));
    await reporter.close();
    expect(seen.map(({ stage, state }) => `${stage} ${state}`)).toEqual([
      'build success',
      'test success',
      'deploy success',
    ]);
  });

  it('leave out what a newer report replaces while another one is on its way', async () => {
    const first = Promise.withResolvers<void>();
    const seen: string[] = [];
    const { reporter } = start(async ({ stage, state }) => {
      seen.push(`${stage} ${state}`);
      if (seen.length === 1) await first.promise;
    });
    reporter.emit(sampleEvent(0, { type: 'run-started', plan: samplePlan(), resumed: false }));
    reporter.emit(sampleEvent(0, { type: 'step-started', stepId: 'build-hostapp', attempt: 1 }));
    await Promise.resolve();
    reporter.emit(finished(1, 'build-hostapp'));
    reporter.emit(sampleEvent(1, { type: 'step-started', stepId: 'run-suite.smoke', attempt: 1 }));
    reporter.emit(finished(2, 'run-suite.smoke'));
    first.resolve();
    await reporter.close();
    expect(seen).toEqual(['build pending', 'build success', 'test success']);
  });

  it('never fail a run: the first failure is told, and then nothing more is sent', async () => {
    let calls = 0;
    const { reporter, complaints } = start(async () => {
      calls += 1;
      throw new Error('GitHub answered 403');
    });
    for (const event of failingRun()) {
      reporter.emit(event);
      await new Promise(setImmediate);
    }
    await reporter.close();
    expect(calls).toBe(1);
    expect(complaints).toEqual(['the stages are not shown on the commit: GitHub answered 403']);
  });

  it('do not keep a run from ending', async () => {
    const { reporter, wake } = start(() => new Promise(() => {}));
    for (const event of failingRun()) reporter.emit(event);
    const closed = reporter.close();
    wake();
    await closed;
  });
});

describe('the commit that stages are shown on', () => {
  const config = parseConfig(
    {
      environments: {
        production: { balena: { host: 'balena-cloud.com' }, github: {} },
        quiet: { balena: { host: 'balena-cloud.com' }, github: { report: false } },
        bare: { balena: { host: 'balena-cloud.com' } },
      },
    },
    { file: 'osrel.yml' },
  );
  const plan = samplePlan({ environment: 'production' });
  const pullRequest = {
    kind: 'pull-request',
    repository: 'example/device',
    number: 1,
    title: null,
    headSha: 'd'.repeat(40),
    sha: 'c'.repeat(40),
    headRef: 'topic',
    baseRef: 'main',
    origin: 'own',
    carriesSecrets: false,
  } as const;

  it('is the released one, and the head of a pull request', () => {
    expect(stagePlaceOf(plan, config)).toEqual(place);
    expect(stagePlaceOf({ ...plan, trigger: pullRequest }, config)?.headSha).toBe(pullRequest.headSha);
  });

  it.each(['local', 'quiet', 'bare', 'unknown'])('is none in environment %s', (environment) => {
    expect(stagePlaceOf({ ...plan, environment }, config)).toBeUndefined();
  });

  it('is none for a fork, whose job may not write, and without a repository', () => {
    expect(stagePlaceOf({ ...plan, trigger: { ...pullRequest, origin: 'fork' } }, config)).toBeUndefined();
    expect(stagePlaceOf({ ...plan, source: { ...plan.source, repository: null } }, config)).toBeUndefined();
  });
});
