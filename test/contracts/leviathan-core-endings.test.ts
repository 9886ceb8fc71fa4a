import { OsrelError } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { hangingSuite, tapSuite } from '../servers/leviathan/scripted-suites.ts';
import { type LabStage, setLabStage } from './leviathan-lab-stage.ts';
import { expectAllFree, midRun, stopsOf } from './leviathan-mid-run.ts';

describe('a suite that has to be ended', () => {
  it('is stopped when the rig is lost', async () => {
    const { result, ...stage } = await midRun();

    stage.loseRig();

    expect(await result).toMatchObject({
      verdict: 'rig-failure',
      rule: 'rig-lost',
      rig: { id: stage.rig.url },
    });
    expect(stage.core.runs[0]).toMatchObject({ state: 'ended', stopped: true });
    await expectAllFree(stage, 'clean');
  });

  it('is stopped when its time is over, and what it says of that does not count', async () => {
    const stage = await setLabStage({
      core: {
        suite: hangingSuite(),
        onStop: (child) => {
          child.print('        not ok 1 - test unfinished\n        Bail out! test unfinished\n');
          return 0;
        },
      },
    });

    const result = await stage.run({ timeoutMs: 1_000 });

    expect(result).toMatchObject({ verdict: 'rig-failure', rule: 'timed-out' });
    expect(stage.core.runs[0]).toMatchObject({ state: 'ended', stopped: true });
    expect(stage.kept.get('suite.log')).toContain('test unfinished');
    await expectAllFree(stage, 'clean');
  });

  it('is stopped when it says nothing for too long', async () => {
    const stage = await setLabStage({
      core: { suite: hangingSuite() },
      config: { silenceMinutes: 500 / 60_000 },
    });

    expect(await stage.run()).toMatchObject({ verdict: 'rig-failure', rule: 'silent' });
    await expectAllFree(stage, 'clean');
  });

  it('spoils its core when that does not stop it', async () => {
    const stage = await setLabStage({ core: { suite: hangingSuite() }, intervals: { stopMs: 100 } });
    stage.core.fail({ path: /^\/stop$/, fault: { kind: 'silence' } });

    expect((await stage.run({ timeoutMs: 1_000 })).rule).toBe('timed-out');
    await expectAllFree(stage, 'spoiled');
  });

  it('spoils its core when that has forgotten it', async () => {
    const { result, ...stage } = await midRun();
    stage.core
      .sockets()
      .find(({ kind }) => kind === 'first')
      ?.cut();
    await stage.hears('resumed on the spare one');

    stage.loseRig();

    expect(await result).toMatchObject({ verdict: 'rig-failure', rule: 'rig-lost' });
    expect(stopsOf(stage)).toBe(0);
    await expectAllFree(stage, 'spoiled');
  });
});

describe('a cancelled suite', () => {
  const cancel = (stage: Pick<LabStage, 'stop'>) => {
    const reason = new OsrelError('cancelled', 'run.cancelled', 'cancelled by SIGINT');
    stage.stop.abort(reason);
    return reason;
  };

  it('is stopped while it runs, and all is free', async () => {
    const { result, ...stage } = await midRun();
    const reason = cancel(stage);
    await expect(result).rejects.toBe(reason);
    expect(stage.core.runs[0]).toMatchObject({ state: 'ended', stopped: true });
    await expectAllFree(stage, 'clean');
  });

  it('waits no longer than its bound for a core that does not stop it', async () => {
    const { result, ...stage } = await midRun({ intervals: { cancelMs: 100, stopMs: 3_600_000 } });
    stage.core.fail({ path: /^\/stop$/, fault: { kind: 'silence' } });
    const reason = cancel(stage);
    await expect(result).rejects.toBe(reason);
    await expectAllFree(stage, 'spoiled');
  });

  it.each([
    ['while the core is waited for', '/state'],
    ['while it is uploaded', '/upload'],
    ['while its artifacts are fetched', '/artifacts'],
  ])('is given up %s', async (_when, path) => {
    const stage = await setLabStage();
    stage.core.fail({ path: new RegExp(path), fault: { kind: 'silence' } });
    const result = stage.run();
    result.catch(() => {});
    await stage.core.until(() => stage.core.requests.some((request) => request.path === path));

    const reason = cancel(stage);

    await expect(result).rejects.toBe(reason);
    await expectAllFree(stage, 'clean');
  });
});

describe('what a suite left', () => {
  it.each([
    ['/artifacts', 'the artifacts of the suite are not complete: the core answered 500'],
    ['/reports/test-summary.json', 'the summary of the suite could not be fetched: the core answered 500'],
  ])('does not change the verdict when %s cannot be had', async (path, told) => {
    const stage = await setLabStage();
    stage.core.fail({ path: new RegExp(path), times: 9, fault: { kind: 'answer', status: 500 } });
    expect((await stage.run()).verdict).toBe('passed');
    await stage.hears(told);
  });

  it('keeps the part that came, and takes no success whose summary was cut', async () => {
    const stage = await setLabStage();
    stage.core.fail({ path: /^\/artifacts$/, fault: { kind: 'truncate', bytes: 20 } });
    stage.core.fail({
      path: /^\/reports\/test-summary\.json$/,
      nth: 2,
      fault: { kind: 'truncate', bytes: 40 },
    });

    expect(await stage.run()).toMatchObject({ verdict: 'infrastructure', rule: 'broken-summary' });
    // A reset may overtake bytes that were sent before it.
    expect(stage.kept.get('artifacts.tar.gz')?.length).toBeLessThanOrEqual(20);
    expect(stage.kept.get('test-summary.json')?.length).toBeLessThanOrEqual(40);
    await stage.hears('the artifacts of the suite are not complete: cut after');
    await stage.hears('no JSON, or cut short');
  });

  it('does not take the summary of an earlier suite for its own', async () => {
    const stage = await setLabStage();
    await stage.run();
    stage.core.disturb({ type: 'log', nth: 2, times: 99, fault: { kind: 'drop' } });
    stage.core.setSuite((child) => {
      // As when a suite dies before its setup: what lies there is older.
      child.report('test-summary.json', stage.kept.get('test-summary.json') ?? '');
      return 1;
    });

    expect((await stage.run()).verdict).toBe('infrastructure');
    await stage.hears('only the summary of an earlier suite');
  });

  it('decides against a summary that says it all went well', async () => {
    const failing = tapSuite('Suite', [{ title: 'breaks', result: 'failed' }]);
    const stage = await setLabStage({
      core: { suite: async (child) => ((await failing(child)) === 1 ? 0 : 0) },
    });

    expect(await stage.run()).toMatchObject({ verdict: 'failed' });
  });
});
