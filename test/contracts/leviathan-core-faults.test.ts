import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { passingSuite } from '../servers/leviathan/scripted-suites.ts';
import type { SuiteScript } from '../servers/leviathan/suite-child.ts';
import { setLabStage } from './leviathan-lab-stage.ts';
import { expectAllFree, midRun, stopsOf } from './leviathan-mid-run.ts';

describe('the connection to a Leviathan core', () => {
  it('goes on with the spare listener when the first is cut, and misses nothing', async () => {
    const { gate, result, ...stage } = await midRun();

    stage.core
      .sockets()
      .find(({ kind }) => kind === 'first')
      ?.cut();
    await stage.hears('resumed on the spare one');
    gate.resolve();

    expect(await result).toMatchObject({ verdict: 'passed', tests: [{ name: 'Gated suite > waits' }] });
    const log = stage.kept.get('suite.log') ?? '';
    expect(log.match(/ok 1 - waits/g)).toHaveLength(1);
    expect(log.match(/# Subtest: waits/g)).toHaveLength(1);
    await expectAllFree(stage, 'spoiled');
  });

  it('takes another spare listener when that one is cut', async () => {
    let isEnough = false;
    const suite: SuiteScript = async (child) => {
      // One joins when the suite speaks, and it is noticed at its own time that one is gone.
      for (; !isEnough; await setTimeout(10)) child.print('more words\n');
      return passingSuite()(child);
    };
    const stage = await setLabStage({ core: { suite } });
    const spares = () => stage.core.sockets().filter(({ kind }) => kind === 'spare');
    const result = stage.run();
    await stage.core.until(() => spares().length === 1);
    const [lost] = spares();
    lost?.cut();
    await stage.core.until(() => spares().some((spare) => spare !== lost));
    isEnough = true;

    expect((await result).verdict).toBe('passed');
    expect(stage.core.runs).toHaveLength(1);
    expect(stage.left).toEqual(['clean']);
  });

  it('never starts the suite again when both are cut', async () => {
    const { result, ...stage } = await midRun();

    for (const socket of stage.core.sockets()) socket.cut();

    expect(await result).toMatchObject({ verdict: 'infrastructure', rule: 'connection-cut', isWhole: false });
    expect(stage.core.runs).toHaveLength(1);
    expect(stopsOf(stage)).toBe(0);
    await expectAllFree(stage, 'spoiled');
  });

  it('is cut when the core is killed', async () => {
    const { result, ...stage } = await midRun();

    await stage.core.kill();

    expect(await result).toMatchObject({ verdict: 'infrastructure', rule: 'connection-cut' });
    await expectAllFree(stage, 'spoiled');
  });

  it('counts as dead when the pings end', async () => {
    const { result, ...stage } = await midRun({ intervals: { pingSilenceMs: 300, collectMs: 300 } });

    stage.core.quiet();

    expect(await result).toMatchObject({ verdict: 'infrastructure', rule: 'connection-cut' });
    expect((await result).because).toContain('no ping for 0.3 s');
    await expectAllFree(stage, 'spoiled');
  });

  it.each(['upload', 'log', 'status'])('is no pass when it is cut at the first %s frame', async (type) => {
    const stage = await setLabStage();
    stage.core.disturb({ type, times: 2, fault: { kind: 'cut-before' } });

    expect((await stage.run()).verdict).toBe('infrastructure');
    await expectAllFree(stage, 'spoiled');
  });

  it('is no pass when the core closes it without a result', async () => {
    const stage = await setLabStage();
    stage.core.disturb({ type: 'status', times: 9, fault: { kind: 'close-before' } });

    expect(await stage.run()).toMatchObject({ verdict: 'infrastructure', rule: 'connection-cut' });
  });

  it('does not believe a result that the suite sends itself', async () => {
    const stage = await setLabStage({
      core: {
        suite: (child) => {
          child.send({ type: 'status', data: { success: true } });
          child.print('TAP version 13\n# Subtest: Suite\n');
          return 1;
        },
      },
    });

    expect((await stage.run()).verdict).not.toBe('passed');
    await stage.hears('a result of its own');
  });

  it('passes over frames that mean nothing', async () => {
    const stage = await setLabStage();
    for (const frame of ['{"type":"lo', '[]', '{"type":"party","data":1}', new Uint8Array([255, 254, 0])])
      stage.core.disturb({ type: 'log', fault: { kind: 'also', frame } });

    expect((await stage.run()).verdict).toBe('passed');
    expect(stage.lines.filter((line) => line.includes('passed over')).length).toBeGreaterThanOrEqual(4);
  });

  it('gives a core up that sends thousands of them, or a frame of absurd size', async () => {
    const babbling = await setLabStage({
      core: {
        suite: async (child) => {
          for (let frame = 0; frame < 5_010; frame += 1) child.send({ type: 'party', data: frame });
          await child.stopped;
          return 0;
        },
      },
    });
    expect(await babbling.run()).toMatchObject({ verdict: 'infrastructure', rule: 'core-error' });

    const stage = await setLabStage();
    stage.core.disturb({
      type: 'log',
      times: 99,
      fault: { kind: 'instead', frame: new Uint8Array(65 * 1024 * 1024) },
    });
    expect(await stage.run()).toMatchObject({ verdict: 'infrastructure', rule: 'core-error' });
    await expectAllFree(stage, 'spoiled');
  });
});

describe('a core that does not take the suite', () => {
  it('is waited for until it is there', async () => {
    const stage = await setLabStage();
    stage.core.fail({ path: /^\/state$/, times: 3, fault: { kind: 'cut' } });
    expect((await stage.run()).verdict).toBe('passed');
  });

  it('fails the try when it never answers', async () => {
    const stage = await setLabStage({ coreUrl: 'http://127.0.0.1:9', intervals: { readyMs: 50 } });

    expect(await stage.run()).toMatchObject({
      verdict: 'infrastructure',
      rule: 'lab.core-unreachable',
      given: [],
    });
    await expectAllFree(stage, 'spoiled');
  });

  it('is not disturbed while it is busy', async () => {
    const { gate, result, ...stage } = await midRun();
    const other = await setLabStage({ coreUrl: stage.core.url });

    expect(await other.run()).toMatchObject({ verdict: 'infrastructure', rule: 'lab.core-busy' });
    gate.resolve();
    expect((await result).verdict).toBe('passed');
    expect(stopsOf(stage)).toBe(0);
    await expectAllFree(other, 'spoiled');
  });

  it('is never stopped when it turns out to run the suite of another', async () => {
    const { gate, result, ...stage } = await midRun();
    stage.core.fail({ path: /^\/state$/, fault: { kind: 'answer', status: 200, body: 'IDLE' }, times: 9 });
    const other = await setLabStage({ coreUrl: stage.core.url });

    const refusedRun = await other.run();

    expect(refusedRun).toMatchObject({ verdict: 'infrastructure', rule: 'core-error' });
    expect(refusedRun.because).toContain('Already running');
    expect(stopsOf(stage)).toBe(0);
    gate.resolve();
    expect((await result).verdict).toBe('passed');
  });

  it('fails the try when it never pings', async () => {
    const stage = await setLabStage({ core: { pingMs: 3_600_000 }, intervals: { firstPingMs: 200 } });
    stage.core.disturb({ type: 'upload', fault: { kind: 'stall' } });

    expect(await stage.run()).toMatchObject({ verdict: 'infrastructure', rule: 'lab.core-silent' });
    await expectAllFree(stage, 'spoiled');
  });
});

describe('an upload to a Leviathan core', () => {
  it('is sent again when it was cut, and when the core answers with an error', async () => {
    const stage = await setLabStage();
    stage.core.fail({ path: /^\/upload$/, fault: { kind: 'cut' } });
    stage.core.fail({ path: /^\/upload$/, nth: 4, fault: { kind: 'answer', status: 500 } });

    expect((await stage.run()).verdict).toBe('passed');
    expect(stage.core.runs).toHaveLength(1);
  });

  it('is not sent again when only its answer was lost', async () => {
    const stage = await setLabStage();
    await stage.run();
    stage.core.fail({ path: /^\/upload$/, fault: { kind: 'cut-after-doing' } });

    expect((await stage.run()).verdict).toBe('passed');
    expect(stage.core.uploads.filter(({ id }) => id === 'image')).toHaveLength(2);
  });

  it('fails the try when it never succeeds', async () => {
    const stage = await setLabStage({ intervals: { uploadAgainMs: 20 } });
    stage.core.fail({ path: /^\/upload$/, times: 99, fault: { kind: 'answer', status: 500 } });

    expect(await stage.run()).toMatchObject({
      verdict: 'infrastructure',
      rule: 'lab.upload-failed',
      given: [],
    });
    await expectAllFree(stage, 'spoiled');
  });

  it('fails the try when the core gives it up', async () => {
    const stage = await setLabStage();
    stage.core.disturb({
      type: 'upload',
      fault: {
        kind: 'instead',
        frame: '{"type":"error","data":{"message":"Upload failed too many times: 4\\n    at x"}}',
      },
    });

    const result = await stage.run();
    expect(result).toMatchObject({ verdict: 'infrastructure', rule: 'core-error' });
    expect(result.because).toContain('Upload failed too many times: 4');
    expect(result.because).not.toContain('at x');
  });

  it('fails the try when no byte moves any more', async () => {
    const stage = await setLabStage({ intervals: { uploadSilenceMs: 200 } });
    stage.core.fail({ path: /^\/upload$/, fault: { kind: 'silence' } });

    expect(await stage.run()).toMatchObject({ verdict: 'infrastructure', rule: 'lab.upload-stalled' });
    await expectAllFree(stage, 'spoiled');
  });

  it.each(['changed', 'longer', 'shorter'])(
    'refuses bytes that are %s since they were digested',
    async (how) => {
      const stage = await setLabStage();
      const path = stage.workspace.image?.path ?? '';
      const text = await readFile(path, 'utf8');
      await writeFile(
        path,
        { changed: text.toUpperCase(), longer: `${text}!`, shorter: text.slice(1) }[how] ?? '',
      );

      const failure = await stage.run().catch((error: unknown) => error);

      expect(failure).toMatchObject({ kind: 'integrity', code: 'lab.sent-other-bytes' });
      expect(stage.core.runs).toEqual([]);
      await expectAllFree(stage, 'clean');
    },
  );

  it('ends the try for a request that no core makes', async () => {
    const stage = await setLabStage();
    stage.core.disturb({
      type: 'upload',
      fault: {
        kind: 'instead',
        frame: '{"type":"upload","data":{"id":"soul","name":"soul","token":0.5,"attempt":1}}',
      },
    });
    expect(await stage.run()).toMatchObject({ verdict: 'infrastructure', rule: 'lab.unknown-artifact' });
  });
});
