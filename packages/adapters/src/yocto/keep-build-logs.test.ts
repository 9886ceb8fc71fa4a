import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FailedTask } from './build-watch.ts';
import { keepBuildLogs } from './keep-build-logs.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'osrel-logs-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const failedTask = (recipe: string, changes: Partial<FailedTask> = {}): FailedTask => ({
  recipe,
  task: 'do_compile',
  logFile: `/work/${recipe}/log.do_compile.7`,
  isSetscene: false,
  ...changes,
});

async function keep(failed: readonly FailedTask[]): Promise<readonly (readonly [string, string])[]> {
  const kept: (readonly [string, string])[] = [];
  await keepBuildLogs({
    failed,
    buildDirectory: join(folder, 'build'),
    pathOf: (path) => path.replace(/^\/work/, folder),
    keepLog: async (name, path) => void kept.push([name, path.replace(folder, '')]),
  });
  return kept;
}

const SERVER_LOG = ['bitbake-cookerdaemon.log', '/build/bitbake-cookerdaemon.log'];

describe('keepBuildLogs', () => {
  it('keeps log and script of a failed task from their place on this machine, and the log of the server', async () => {
    await mkdir(join(folder, 'hello-1.0-r0'));
    for (const name of ['log.do_compile.7', 'run.do_compile.7', 'run.do_compile.6'])
      await writeFile(join(folder, 'hello-1.0-r0', name), '');
    expect(await keep([failedTask('hello-1.0-r0')])).toEqual([
      ['hello-1.0-r0.log.do_compile.7', '/hello-1.0-r0/log.do_compile.7'],
      ['hello-1.0-r0.run.do_compile.7', '/hello-1.0-r0/run.do_compile.7'],
      SERVER_LOG,
    ]);
  });

  it('keeps the log alone when there is no script', async () => {
    expect(await keep([failedTask('gone')])).toEqual([
      ['gone.log.do_compile.7', '/gone/log.do_compile.7'],
      SERVER_LOG,
    ]);
  });

  it('does not take a log of another name for a script', async () => {
    await writeFile(join(folder, 'build.log'), '');
    expect(await keep([failedTask('odd', { logFile: '/work/build.log' })])).toEqual([
      ['odd.build.log', '/build.log'],
      SERVER_LOG,
    ]);
  });

  it('keeps the log of the server when no task failed or none has a log', async () => {
    expect(await keep([])).toEqual([SERVER_LOG]);
    expect(await keep([failedTask('a', { logFile: null })])).toEqual([SERVER_LOG]);
  });

  it('keeps the logs of twenty tasks, those first that the build could not recover from', async () => {
    const recovered = Array.from({ length: 30 }, (_, index) => failedTask(`s${index}`, { isSetscene: true }));
    const withoutLog = Array.from({ length: 30 }, (_, index) => failedTask(`n${index}`, { logFile: null }));
    const kept = await keep([...recovered, ...withoutLog, failedTask('real')]);
    expect(kept.map(([name]) => name.split('.')[0])).toEqual([
      'real',
      ...Array.from({ length: 19 }, (_, index) => `s${index}`),
      'bitbake-cookerdaemon',
    ]);
  });
});
