import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { gatedSuite, printSplit, tapSuite } from '../servers/leviathan/scripted-suites.ts';
import { setLabStage } from './leviathan-lab-stage.ts';

describe('a Leviathan core, driven natively', () => {
  it('passes a suite whose every test passed, and says on which bytes, rig and revision', async () => {
    const stage = await setLabStage();

    const result = await stage.run();

    expect(result).toMatchObject({
      verdict: 'passed',
      rule: 'passed',
      isWhole: true,
      tests: [{ name: 'Scripted suite > holds', outcome: 'passed' }],
      given: stage.workspace.given,
      rig: { id: stage.rig.url },
      suiteRevision: 'abc123',
    });
    expect(stage.left).toEqual(['clean']);
    expect(stage.rig.state()).toBe('IDLE');
    expect(await stage.leftovers()).toEqual([]);
  });

  it('sends each artifact under the name that the core asks for, and no installed packages', async () => {
    const stage = await setLabStage();

    await stage.run();

    expect(stage.core.uploads.map(({ id, attempt, outcome }) => [id, attempt, outcome])).toEqual([
      ['image', 1, 'done'],
      ['config', 1, 'done'],
      ['suite', 1, 'done'],
      ['kernelHeaders', 1, 'done'],
    ]);
    expect(
      stage.core.uploads.flatMap(({ entries }) => entries.map((name) => name.replace(/\/$/, ''))),
    ).toEqual([
      'os.img',
      'config.json',
      'suite',
      'suite/suite.js',
      'suite/tests',
      'suite/tests/first.js',
      'kernel_modules_headers.tar.gz',
    ]);
    expect(stage.core.files.get('os.img')?.toString()).toBe('an image, compressed already');
    expect(stage.core.runs[0]?.settings).toMatchObject({
      deviceType: 'generic-amd64',
      workerUrl: stage.rig.url,
    });
  });

  it('sends an empty file for what the suite does not use', async () => {
    const stage = await setLabStage({ workspace: { image: null, kernelHeaders: null } });

    await stage.run();

    expect(stage.core.files.get('os.img')).toHaveLength(0);
    expect(stage.core.files.get('kernel_modules_headers.tar.gz')).toHaveLength(0);
  });

  it('does not send an image again that the core has, but always the suite', async () => {
    const stage = await setLabStage();
    await stage.run();

    const again = await stage.run();

    expect(again.verdict).toBe('passed');
    expect(stage.core.uploads.slice(4).map(({ id, outcome }) => [id, outcome])).toEqual([
      ['image', 'cache'],
      ['config', 'cache'],
      ['suite', 'done'],
      ['kernelHeaders', 'cache'],
    ]);
    expect(again.given).toEqual(stage.workspace.given);
  });

  it('keeps log, serial output, artifacts and summary', async () => {
    const stage = await setLabStage({
      core: {
        suite: (child) => {
          child.keepArtifact('first/journal.log', 'kernel: hello');
          return tapSuite('Suite', [{ title: 'holds', result: 'passed' }])(child);
        },
      },
    });

    await stage.run();

    expect([...stage.kept.keys()].sort()).toEqual([
      'artifacts.tar.gz',
      'serial.log',
      'suite.log',
      'test-summary.json',
    ]);
    expect(stage.kept.get('serial.log')).toContain('login:');
    expect(stage.kept.get('suite.log')).toContain('ok 1 - Suite');
    expect(JSON.parse(stage.kept.get('test-summary.json') ?? '')).toMatchObject({ suite: 'Suite' });
    const artifacts = gunzipSync(Buffer.from(stage.kept.get('artifacts.tar.gz') ?? '', 'latin1'));
    expect(await namesIn(artifacts)).toContain('first/journal.log');
  });

  it('fails a suite with a failed test', async () => {
    const stage = await setLabStage({
      core: {
        suite: tapSuite('Suite', [
          { title: 'holds', result: 'passed' },
          { title: 'breaks', result: 'failed' },
          { title: 'later', result: 'unreached' },
        ]),
      },
    });

    const result = await stage.run();

    expect(result.verdict).toBe('failed');
    expect(result.because).toContain('breaks');
    expect(stage.left).toEqual(['clean']);
  });

  it.each([
    ['all tests are marked unstable', tapSuite('Suite', [{ title: 'later', result: 'todo' }])],
    ['it ends well without a word', () => 0],
  ] as const)('is never green when %s', async (_case, suite) => {
    const stage = await setLabStage({ core: { suite } });

    expect((await stage.run()).verdict).not.toBe('passed');
  });

  it('tells what runs while it runs', async () => {
    const gate = Promise.withResolvers<void>();
    const stage = await setLabStage({ core: { suite: gatedSuite(gate.promise) } });

    const running = stage.run();
    await stage.until(() => stage.progress.some(({ running }) => running?.includes('waits') === true));
    gate.resolve();
    await running;

    const activities = stage.progress.map(({ activity }) => activity);
    expect([...new Set(activities)]).toEqual([
      'preparing',
      'waiting',
      'starting',
      'uploading',
      'testing',
      'collecting',
      'leaving',
    ]);
    expect(stage.progress.at(-1)).toMatchObject({ passed: 1, failed: 0 });
  });

  it('tells how far flashing is', async () => {
    const stage = await setLabStage({
      core: {
        suite: (child) => {
          child.send({ type: 'status', data: { message: 'Flashing', percentage: 40 } });
          return tapSuite('Suite', [{ title: 'holds', result: 'passed' }])(child);
        },
      },
    });

    expect((await stage.run()).verdict).toBe('passed');
    expect(stage.progress).toContainEqual(expect.objectContaining({ activity: 'flashing', percent: 40 }));
  });

  it('asks the pool for a rig as the request says', async () => {
    const stage = await setLabStage({ config: { rigs: ['http://10.0.0.7'] } });

    await stage.run({ secureBoot: true, workerFleets: ['other/rigs'], avoidRigs: ['bad'] });

    expect(stage.wishes).toMatchObject([
      {
        slug: 'generic-amd64',
        secureBoot: true,
        kind: 'testbot',
        addresses: ['http://10.0.0.7'],
        fleets: ['other/rigs'],
        avoid: ['bad'],
        core: { url: stage.core.url, project: null },
      },
    ]);
  });

  it('judges twenty megabytes of output in small pieces', async () => {
    const noise = `${'x'.repeat(1200)}\n`.repeat(100);
    const stage = await setLabStage({
      core: {
        suite: (child) => {
          for (let part = 0; part < 170; part += 1) printSplit(child, noise, 30_000);
          return tapSuite('Suite', [{ title: 'holds', result: 'passed' }])(child);
        },
      },
    });

    expect((await stage.run()).verdict).toBe('passed');
    expect(stage.kept.get('suite.log')?.length).toBeGreaterThan(20_000_000);
  });

  it('leaves no folder of its own behind', async () => {
    const stage = await setLabStage();
    await stage.run();
    expect(await readdir(join(stage.workspace.suite.directory, 'node_modules'))).toEqual(['left-pad']);
    expect(await stage.leftovers()).toEqual([]);
  });
});

async function namesIn(tar: Buffer): Promise<readonly string[]> {
  const names: string[] = [];
  const reader = extract();
  reader.end(tar);
  for await (const entry of reader) {
    names.push(entry.header.name.replace(/^\.\//, ''));
    entry.resume();
  }
  return names;
}
