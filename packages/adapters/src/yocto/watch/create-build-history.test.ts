import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EndedBuild } from './build-record.ts';
import { createBuildHistory } from './create-build-history.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'osrel-history-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const kind = { machine: 'pi', target: 'balena-image', frontEnd: 'barys' };
const task = (recipe: string, name: string, durationMs: number) => ({ recipe, task: name, durationMs });
const ended = (changes: Partial<EndedBuild> = {}): EndedBuild => ({
  timed: [task('linux-6.6.1-r0', 'do_compile', 90_000), task('hello-1.0-r0', 'do_package_setscene', 5)],
  ran: 2,
  totalMs: 60_000,
  buildBytes: 500,
  ...changes,
});

describe('createBuildHistory', () => {
  it('knows nothing before the first build', async () => {
    expect(await createBuildHistory(join(folder, 'absent')).find(kind)).toBeUndefined();
  });

  it('keeps durations by recipe without version, speed, share and size', async () => {
    const history = createBuildHistory(join(folder, 'new'));
    await history.save(kind, ended());
    expect(await history.find(kind)).toEqual({
      schemaVersion: 1,
      tasks: { 'linux do_compile': 90_000 },
      speed: 1.5,
      timedShare: 0.5,
      totalMs: 60_000,
      buildBytes: 500,
    });
  });

  it('forgets nothing by a build that found everything done', async () => {
    const history = createBuildHistory(folder);
    await history.save(kind, ended());
    await history.save(
      kind,
      ended({ timed: [task('tiny-1-r0', 'do_build', 3)], ran: 9, totalMs: 100, buildBytes: null }),
    );
    expect(await history.find(kind)).toMatchObject({
      tasks: { 'linux do_compile': 90_000, 'tiny do_build': 3 },
      speed: 1.5,
      timedShare: 0.5,
      totalMs: 100,
      buildBytes: 500,
    });
  });

  it('takes the newest duration of a task and the largest folder', async () => {
    const history = createBuildHistory(folder);
    await history.save(kind, ended());
    await history.save(
      kind,
      ended({ timed: [task('linux-6.7.0-r1', 'do_compile', 70_000)], buildBytes: 900 }),
    );
    expect(await history.find(kind)).toMatchObject({
      tasks: { 'linux do_compile': 70_000 },
      buildBytes: 900,
    });
  });

  it('keeps builds of different kinds apart, whatever their names hold', async () => {
    const history = createBuildHistory(folder);
    await history.save({ ...kind, target: 'a/../../b' }, ended({ buildBytes: 1 }));
    await history.save({ ...kind, target: 'a b' }, ended({ buildBytes: 2 }));
    expect((await history.find({ ...kind, target: 'a/../../b' }))?.buildBytes).toBe(1);
    expect((await history.find({ ...kind, target: 'a b' }))?.buildBytes).toBe(2);
    expect(await readdir(folder)).toHaveLength(2);
  });

  it.each(['', '{', '[]', '{"schemaVersion":2}', '{"schemaVersion":1,"tasks":{"a":"b"}}'])(
    'takes a file that holds %j for none, and writes a good one over it',
    async (content) => {
      const history = createBuildHistory(folder);
      await history.save(kind, ended());
      const [name = ''] = await readdir(folder);
      await writeFile(join(folder, name), content);
      expect(await history.find(kind)).toBeUndefined();
      await history.save(kind, ended());
      expect(await history.find(kind)).toBeDefined();
    },
  );

  it('keeps the longest tasks when there are too many', async () => {
    const timed = Array.from({ length: 20_500 }, (_each, index) =>
      task(`r${index}x-1-r0`, 'do_compile', index),
    );
    const history = createBuildHistory(folder);
    await history.save(kind, ended({ timed }));
    const tasks = (await history.find(kind))?.tasks ?? {};
    expect(Object.keys(tasks)).toHaveLength(20_000);
    expect(tasks['r20499x do_compile']).toBe(20_499);
    expect(tasks['r0x do_compile']).toBeUndefined();
  });

  it('leaves no temporary file behind', async () => {
    await createBuildHistory(folder).save(kind, ended());
    const [name = '', ...others] = await readdir(folder);
    expect(others).toEqual([]);
    expect(JSON.parse(await readFile(join(folder, name), 'utf8'))).toHaveProperty('schemaVersion', 1);
  });
});
