import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { OsBuildRequest } from '@osrel/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProgramEnd } from '../program-runner.ts';
import type { BuildSummary, FailedTask } from './build-watch.ts';
import { findBuildFailure } from './find-build-failure.ts';
import { EXAMPLE_SETTINGS, exampleRequest, observe } from './test-front-end.ts';
import { createBuildWatch } from './watch/create-build-watch.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'osrel-failure-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const GOOD_END: ProgramEnd = { kind: 'exited', exitCode: 0 };
const BAD_END: ProgramEnd = { kind: 'exited', exitCode: 1 };
const IN_CONTAINER = exampleRequest({
  settings: {
    ...EXAMPLE_SETTINGS,
    container: { engine: 'auto', image: null, user: null, apiEnvironment: 'balena-cloud.com' },
  },
});
const LOG = 'build/tmp/work/hello/temp/log.do_compile.7';

const failedTask = (changes: Partial<FailedTask> = {}): FailedTask => ({
  recipe: 'hello-1.0-r0',
  task: 'do_compile',
  logFile: null,
  isSetscene: false,
  ...changes,
});

interface Case {
  readonly end?: ProgramEnd;
  readonly summary?: Partial<BuildSummary>;
  readonly objection?: string;
  readonly request?: OsBuildRequest;
}

async function find({ end = BAD_END, summary = {}, objection, request = exampleRequest() }: Case) {
  const observer = observe();
  const paths: string[] = [];
  const command = { file: 'barys', arguments: [], workingDirectory: root, environment: {} };
  const buildDirectory = join(root, 'build');
  const found = await findBuildFailure({
    ended: {
      end,
      summary: { ...createBuildWatch({ now: () => 0 }).summary(), ...summary },
      lastLines: ['the end'],
    },
    started: { command, eventLog: null, judge: () => objection, finish: async () => undefined },
    prepared: {
      ...{ frontEnd: 'barys', command, ownVariables: [], settingsFile: null, notes: [], problems: [] },
      ...{ buildDirectory, assetRoot: buildDirectory, imagesDirectory: buildDirectory },
      begin: () => Promise.reject(new Error('it ended already')),
    },
    request,
    root,
    observer: { ...observer, keepLog: async (_name, path) => void paths.push(path) },
  });
  return { found, paths };
}

describe('findBuildFailure', () => {
  it('finds none when the program and the front end say so, and keeps no log then', async () => {
    expect(await find({ end: GOOD_END })).toEqual({ found: undefined, paths: [] });
  });

  it('believes the front end more than an exit code of 0', async () => {
    const { found } = await find({ end: GOOD_END, objection: '1 of 2 bitbake calls failed' });
    expect(found?.message).toMatch(
      /^barys failed for machine qemux86, service hostapp \(1 of 2 bitbake calls failed\): ./,
    );
    expect(found?.details).toMatchObject({ exitCode: 0, signal: null });
  });

  it.each([
    [BAD_END, 'exit code 1', { exitCode: 1, signal: null }],
    [{ kind: 'killed', signalName: 'SIGKILL' }, 'SIGKILL', { exitCode: null, signal: 'SIGKILL' }],
    [{ kind: 'timed-out' }, 'time over', { exitCode: null, signal: null }],
  ] as const)('tells how the program ended: %j', async (end, words, details) => {
    const { found } = await find({ end });
    expect(found?.message).toContain(`(${words})`);
    expect(found?.details).toMatchObject({ ...details, lastLines: ['the end'] });
    expect(found?.hint).toMatch(/./);
  });

  it('counts the tasks that failed, without those that the build recovered from', async () => {
    const failed = [failedTask({ isSetscene: true }), failedTask(), failedTask({ recipe: 'other' })];
    const { found } = await find({ summary: { failed } });
    expect(found?.details).toMatchObject({ failedTasks: 2, recipe: 'hello-1.0-r0', task: 'do_compile' });
  });

  it('reads and keeps the log of a build in a container from its place on this machine', async () => {
    await mkdir(dirname(join(root, LOG)), { recursive: true });
    await writeFile(join(root, LOG), 'told by the log\n');
    const failed = [failedTask({ logFile: `/work/${LOG}` }), failedTask({ logFile: '/workshop/log.do_x.1' })];
    const { found, paths } = await find({ summary: { failed }, request: IN_CONTAINER });
    expect(found?.details).toMatchObject({ logFile: join(root, LOG), lastLines: ['told by the log'] });
    expect(paths).toEqual([
      join(root, LOG),
      '/workshop/log.do_x.1',
      join(root, 'build/bitbake-cookerdaemon.log'),
    ]);
  });

  it('takes the paths of a build on this machine as they are', async () => {
    const failed = [failedTask({ logFile: `/work/${LOG}` })];
    const { found, paths } = await find({ summary: { failed } });
    expect(found?.details).toMatchObject({ logFile: `/work/${LOG}` });
    expect(paths[0]).toBe(`/work/${LOG}`);
  });
});
