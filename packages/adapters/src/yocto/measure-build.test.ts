import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OsBuildRequest } from '@osrel/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BuildSummary } from './build-watch.ts';
import { openBuildMeasure } from './measure-build.ts';
import { EXAMPLE_SETTINGS, exampleRequest } from './test-front-end.ts';
import type { BuildRecord } from './watch/build-record.ts';
import { type BuildKind, createBuildHistory } from './watch/create-build-history.ts';
import { createBuildWatch } from './watch/create-build-watch.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'osrel-measure-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const KIND: BuildKind = { machine: 'qemux86', target: 'balena-image', frontEnd: 'barys' };
const history = () => createBuildHistory(join(folder, 'history'));
const summary = (changes: Partial<BuildSummary> = {}): BuildSummary => ({
  ...createBuildWatch({ now: () => 0 }).summary(),
  ...changes,
});

function open(request: OsBuildRequest = exampleRequest(), kept = history()) {
  let nowMs = 0;
  const clock = { now: () => new Date(nowMs).toISOString(), sleep: async () => undefined };
  const buildDirectory = join(folder, 'build');
  const command = { file: 'barys', arguments: [], workingDirectory: folder, environment: {} };
  const prepared = {
    ...{ frontEnd: 'barys', command, ownVariables: [], settingsFile: null, notes: [], problems: [] },
    ...{ buildDirectory, assetRoot: buildDirectory, imagesDirectory: buildDirectory },
    begin: () => Promise.reject(new Error('not begun here')),
  } as const;
  const advance = (byMs: number): void => {
    nowMs += byMs;
  };
  return { advance, measure: openBuildMeasure({ request, prepared, history: kept, clock }) };
}

/** A build of the past that took so many bytes. */
const earlier = (buildBytes: number | null, kind = KIND) =>
  history().save(kind, { timed: [], ran: null, totalMs: 7, buildBytes });

describe('openBuildMeasure', () => {
  it('knows nothing of a first build, and saves what it took', async () => {
    const { advance, measure } = open();
    expect((await measure).earlier).toBeUndefined();
    advance(90_000);
    const timed = [{ recipe: 'hello-1.0-r0', task: 'do_compile', durationMs: 60_000 }];
    await (await measure).close(summary({ timed, tasks: { ran: 4, total: 5 } }));
    expect(await history().find(KIND)).toMatchObject({
      tasks: { 'hello do_compile': 60_000 },
      totalMs: 90_000,
      timedShare: 0.25,
    });
  });

  it.each([
    ['the image', exampleRequest(), 'balena-image'],
    ['the recipe of an extension', exampleRequest({ recipe: 'tools' }), 'tools'],
    ['the targets', exampleRequest({ settings: { ...EXAMPLE_SETTINGS, targets: ['a', 'b'] } }), 'a b'],
  ])('goes by earlier builds of %s', async (_what, request, target) => {
    await earlier(null, { ...KIND, target: 'something-else' });
    expect((await open(request).measure).earlier).toBeUndefined();
    await earlier(null, { ...KIND, target });
    expect((await open(request).measure).earlier).toMatchObject({ totalMs: 7 });
  });

  it('refuses a build from scratch that needs more than the disk has', async () => {
    await earlier(1e18);
    await expect(open().measure).rejects.toMatchObject({
      code: 'build.disk-too-small',
      details: { folder: join(folder, 'build') },
    });
  });

  it('does not measure, nor refuse, a build over an old one: nobody knows what it adds or removes', async () => {
    await mkdir(join(folder, 'build/tmp'), { recursive: true });
    await earlier(1e18);
    const saved: (number | null)[] = [];
    const kept = {
      find: async (): Promise<BuildRecord | undefined> => history().find(KIND),
      save: async (_kind: BuildKind, ended: { readonly buildBytes: number | null }) =>
        void saved.push(ended.buildBytes),
    };
    for (const fresh of [true, false]) {
      const { measure } = open(exampleRequest({ settings: { ...EXAMPLE_SETTINGS, fresh } }), kept);
      await (await measure).close(summary());
    }
    expect(saved).toEqual([null, null]);
  });

  it('fails no build when the history cannot be written, but does not hide a defect', async () => {
    const failing = (error: Error) => ({ find: async () => undefined, save: () => Promise.reject(error) });
    const full = Object.assign(new Error('no room'), { code: 'ENOSPC' });
    const { measure } = open(exampleRequest(), failing(full));
    await expect((await measure).close(summary())).resolves.toBeUndefined();
    const defect = open(exampleRequest(), failing(new TypeError('a defect')));
    await expect((await defect.measure).close(summary())).rejects.toThrow('a defect');
  });
});
