import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { badConfig } from '@osrel/core';
import { afterEach, describe, expect, it } from 'vitest';
import type { BuildCacheRequest } from '../build-cache.ts';
import { createSystemClock } from '../file-system/create-system-clock.ts';
import type { OsBuilderOptions } from './create-os-builder.ts';
import type { FrontEnd, StartableBuild } from './front-end.ts';
import {
  EXAMPLE_SETTINGS,
  exampleRequest,
  GOOD_BUILD,
  makeTestFrontEnd,
  observe,
  type TestFrontEnd,
} from './test-front-end.ts';
import { createBuildHistory } from './watch/create-build-history.ts';
import { recordedLines } from './watch/test-recordings.ts';

let frontEnd: TestFrontEnd;
afterEach(() => frontEnd.remove());

const FAILED = '\nprocess.exitCode = 1;';
const EVENT_LOG = '.osrel/cache/builds/eventlog.json';

async function start(program: string, changesOf?: (real: FrontEnd) => Partial<OsBuilderOptions>) {
  frontEnd = await makeTestFrontEnd(changesOf);
  await frontEnd.program(program);
  const observer = observe();
  return { observer, build: (request = exampleRequest()) => frontEnd.builder.build(request, observer) };
}

const at = (path: string) => join(frontEnd.root, path);
const isThere = (path: string) =>
  stat(at(path)).then(
    () => true,
    () => false,
  );

/** The same front end, with something else about the build that it starts. */
const starting =
  (change: (started: StartableBuild) => Partial<StartableBuild>, atBegin = async () => {}) =>
  (real: FrontEnd): Partial<OsBuilderOptions> => ({
    frontEndOf: () => ({
      prepare: async (request) => {
        const prepared = await real.prepare(request);
        return {
          ...prepared,
          begin: async (beginning) => {
            await atBegin();
            const started = await prepared.begin(beginning);
            return { ...started, ...change(started) };
          },
        };
      },
    }),
  });

/** Tells the progress as often as there is any. */
const withoutWaiting = (): Partial<OsBuilderOptions> => ({
  clock: { ...createSystemClock(), sleep: () => new Promise((resolve) => setImmediate(resolve)) },
});

const printing = (lines: readonly string[]): string =>
  `process.stdout.write(${JSON.stringify(lines.map((line) => `${line}\n`).join(''))});`;

describe('the cache', () => {
  function noting() {
    const asked: string[] = [];
    const note = (what: string) => async (request: BuildCacheRequest) => {
      asked.push(`${what} ${(await isThere('calls')) ? 'after' : 'before'} the build`);
      asked.push(request.sharedState.slice(frontEnd.root.length));
    };
    return { asked, changesOf: () => ({ cache: { restore: note('restore'), save: note('save') } }) };
  }

  it('is asked before a build and after it', async () => {
    const { asked, changesOf } = noting();
    const { build } = await start(GOOD_BUILD, changesOf);
    await build();
    expect(asked).toEqual([
      ...['restore before the build', '/build/sstate-cache'],
      ...['save after the build', '/build/sstate-cache'],
    ]);
  });

  it('is asked to save after a failed build too, which stays a failed build', async () => {
    const { asked, changesOf } = noting();
    const { build } = await start(`${GOOD_BUILD}${FAILED}`, changesOf);
    const settings = { ...EXAMPLE_SETTINGS, sharedState: 'shared/sstate' };
    await expect(build(exampleRequest({ settings }))).rejects.toMatchObject({ code: 'build.failed' });
    expect(asked.slice(2)).toEqual(['save after the build', '/shared/sstate']);
  });
});

describe('an objection of the front end', () => {
  const error = badConfig('build.setting-without-effect', 'a setting has no effect', { hint: 'remove it' });

  it('ends the build at once, with what it objects to as the reason', async () => {
    const { build } = await start(
      "console.log('WARNING: other than wished'); setInterval(() => {}, 1000);",
      (real) => ({
        ...starting(() => ({ findObjection: ({ warnings }) => (warnings.length > 0 ? error : undefined) }))(
          real,
        ),
        ...withoutWaiting(),
      }),
    );
    await expect(build()).rejects.toBe(error);
    expect(await readdir(at('.osrel/cache/builds'))).not.toContain('running.json');
  });

  it('does not come when there is nothing to object to', async () => {
    const asked: string[] = [];
    const findObjection = (): undefined => {
      asked.push('once');
    };
    const { build } = await start(GOOD_BUILD, (real) => ({
      ...starting(() => ({ findObjection }))(real),
      ...withoutWaiting(),
    }));
    await expect(build()).resolves.toMatchObject({ hostOsVersion: '6.5.1' });
    expect(asked).not.toEqual([]);
  });
});

describe('the event log', () => {
  const events = recordedLines('recorded/failing-tasks.events').join('\n');

  it('tells of a build what its console does not', async () => {
    const { build } = await start(
      `fs.writeFileSync(process.env.BBEVENTLOG, ${JSON.stringify(`${events}\n`)});${FAILED}`,
    );
    await expect(build()).rejects.toMatchObject({
      code: 'build.task-failed',
      details: { recipe: expect.stringMatching(/^fail/), task: 'do_compile', failedTasks: 2 },
    });
    expect(await isThere(EVENT_LOG)).toBe(false);
  });

  it('of a killed osrel is gone before the next build begins, and not read', async () => {
    let wasThere: boolean | undefined;
    const { build } = await start(
      FAILED,
      starting(
        () => ({}),
        async () => {
          wasThere = await isThere(EVENT_LOG);
        },
      ),
    );
    await frontEnd.write(EVENT_LOG, `${events}\n`);
    await expect(build()).rejects.toMatchObject({
      code: 'build.failed',
      details: { recipe: null, failedTasks: 0 },
    });
    expect(wasThere).toBe(false);
  });

  it('with its secrets does not stay when the end of the build fails', async () => {
    const { build } = await start(
      `${GOOD_BUILD}\nfs.writeFileSync(process.env.BBEVENTLOG, 'very-secret');`,
      starting(() => ({ finish: () => Promise.reject(new Error('the engine is gone')) })),
    );
    await expect(build()).rejects.toThrow('the engine is gone');
    expect(await isThere(EVENT_LOG)).toBe(false);
  });
});

describe('the logs of failed tasks', () => {
  const LOG = 'build/tmp/work/x/hello/1.0-r0/temp/log.do_compile.7';

  async function startFailing() {
    const started = await start('');
    await frontEnd.write(LOG, 'fatal: no rule to make target\n');
    await frontEnd.write(LOG.replace('log.', 'run.'), '#!/bin/sh\n');
    await frontEnd.program(
      `${printing([
        'NOTE: recipe hello-1.0-r0: task do_compile: Started',
        `ERROR: Logfile of failure stored in: ${at(LOG)}`,
        'NOTE: recipe hello-1.0-r0: task do_compile: Failed',
        "ERROR: Task (/l/hello_1.0.bb:do_compile) failed with exit code '1'",
      ])}${FAILED}`,
    );
    return started;
  }

  it('are kept with the run, with their scripts and the log of the server', async () => {
    const { build, observer } = await startFailing();
    await expect(build()).rejects.toMatchObject({
      details: { logFile: at(LOG), lastLines: ['fatal: no rule to make target'] },
    });
    expect(observer.kept).toEqual([
      'hello-1.0-r0.log.do_compile.7',
      'hello-1.0-r0.run.do_compile.7',
      'bitbake-cookerdaemon.log',
    ]);
  });

  it('do not hide why the build failed when there is no room for them', async () => {
    await startFailing();
    const observer = { ...observe(), keepLog: () => Promise.reject(new Error('no room left')) };
    await expect(frontEnd.builder.build(exampleRequest(), observer)).rejects.toMatchObject({
      details: { recipe: 'hello-1.0-r0', task: 'do_compile' },
    });
    expect(observer.lines.at(-1)).toMatch(/^WARNING: .* not kept: Error: no room left$/);
  });

  it('are not kept of a build that went well', async () => {
    const { build, observer } = await start(GOOD_BUILD);
    await build();
    expect(observer.kept).toEqual([]);
  });
});

describe('the history of builds on this machine', () => {
  const KIND = { machine: 'qemux86', target: 'balena-image', frontEnd: 'barys' };
  const historyOf = () => createBuildHistory(at('.osrel/cache/build-history'));
  const saveHuge = () => historyOf().save(KIND, { timed: [], ran: 1, totalMs: 1, buildBytes: 1e18 });

  it('refuses a build from scratch that the disk cannot hold, before anything of it starts', async () => {
    const { build } = await start(GOOD_BUILD);
    await saveHuge();
    await expect(build()).rejects.toMatchObject({ kind: 'tool', code: 'build.disk-too-small' });
    expect(await isThere('calls')).toBe(false);
    expect(await isThere('build/conf')).toBe(false);
    // The place is free again.
    await rm(at('.osrel/cache/build-history'), { recursive: true });
    await expect(build()).resolves.toBeDefined();
  });

  it.each([
    ['one that goes on where another ended', false],
    ['a fresh one, whose removal of the old one makes room', true],
  ])('does not refuse %s', async (_what, fresh) => {
    const { build } = await start(GOOD_BUILD);
    await saveHuge();
    await mkdir(at('build/tmp'), { recursive: true });
    const settings = { ...EXAMPLE_SETTINGS, fresh };
    await expect(build(exampleRequest({ settings }))).resolves.toBeDefined();
  });

  it('has a failed build too', async () => {
    const { build } = await start(FAILED);
    await expect(build()).rejects.toMatchObject({ code: 'build.failed' });
    expect(await historyOf().find(KIND)).toMatchObject({ schemaVersion: 1 });
  });

  it('fails no build when it cannot be written', async () => {
    const { build } = await start(GOOD_BUILD);
    await mkdir(at('.osrel/cache'), { recursive: true });
    await writeFile(at('.osrel/cache/build-history'), 'a file in the place of its folder');
    await expect(build()).resolves.toBeDefined();
    expect(await readFile(at('.osrel/cache/build-history'), 'utf8')).toContain('a file');
  });
});

describe('the progress', () => {
  it('reaches the observer, to the end of the build', async () => {
    const lines = recordedLines('recorded/success.stdout');
    const { build, observer } = await start(`${GOOD_BUILD}\n${printing(lines)}`, withoutWaiting);
    await build();
    expect(observer.progress[0]).toMatchObject({ activity: 'starting', tasks: null });
    const last = observer.progress.at(-1);
    expect(last).toMatchObject({ activity: 'ending', failedTasks: 0, running: [] });
    expect(last?.tasks?.done).toBe(last?.tasks?.total);
    expect(last?.tasks?.total).toBeGreaterThan(0);
  });
});
