import type { RunEvent } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { beginBuild, logEvent, longBuild, MIDST, progressEvent } from '../testing/sample-build.ts';
import { finished, sampleEvent } from '../testing/sample-run.ts';
import { createGithubReporter } from './github-reporter.ts';

async function show(events: Iterable<RunEvent>, verbosity: 'normal' | 'verbose' = 'normal'): Promise<string> {
  let text = '';
  const write = (chunk: string): void => {
    text += chunk;
  };
  const reporter = createGithubReporter({
    write,
    writeSecret: write,
    environment: {},
    secretValues: [],
    randomToken: () => 'token',
    verbosity,
  });
  for (const event of events) reporter.emit(event);
  await reporter.close();
  return text;
}

const ERROR = {
  code: 'build.task-failed',
  message: 'hello do_compile failed: the compiler found an error',
  hint: 'see the log',
  exitCode: 1,
};

const FAILING: readonly RunEvent[] = [
  ...beginBuild(),
  progressEvent(61, MIDST),
  logEvent(62, 'NOTE: recipe hello-1.0-r0: task do_compile: Started'),
  logEvent(63, 'ERROR: hello-1.0-r0 do_compile: oe_runmake failed'),
  logEvent(63, 'ERROR: Logfile of failure stored in: /x/log.do_compile.1'),
  logEvent(63, '| make: *** [all] Error 1'),
  finished(64, 'build-hostapp', { outcome: 'failed', error: ERROR, receipt: null }),
  sampleEvent(64, {
    type: 'run-finished',
    outcome: 'failed',
    durationMs: 64_000,
    decisions: [],
    error: ERROR,
  }),
];

describe('a build in the log of GitHub Actions', () => {
  it('is the same when its lines come at once', async () => {
    let text = '';
    const write = (chunk: string): void => {
      text += chunk;
    };
    const quiet = {
      environment: {},
      secretValues: [],
      randomToken: () => 'token',
      verbosity: 'normal',
    } as const;
    const reporter = createGithubReporter({ write, writeSecret: write, ...quiet });
    for (const event of FAILING) {
      if (event.type !== 'step-log') reporter.emit(event);
      else reporter.emitLines?.({ ...event, text: `${event.line}\n` });
    }
    await reporter.close();
    expect(text).toBe(await show(FAILING));
  });

  it('is a group with progress, complaints and the end of what it quotes, and an annotation for each error', async () => {
    expect(await show(FAILING)).toMatchInlineSnapshot(`
      "raspberrypi4-64 6.5.1 on local: 1 step
      ::group::build: build hostapp with barys
      ::stop-commands::token
      +01:01 tasks 1234/5678 (21 %) · setscene 800/900 · sstate 73 % · about 12 min left · running: linux-raspberrypi do_compile (3m 12s) and 2 more
      ERROR: hello-1.0-r0 do_compile: oe_runmake failed
      ERROR: Logfile of failure stored in: /x/log.do_compile.1
      | make: *** [all] Error 1
      ✗ failed: error[build.task-failed] hello do_compile failed: the compiler found an error
      ::token::
      ::endgroup::
      ::error title=build-hostapp%3A error[build.task-failed]::hello do_compile failed: the compiler found an error%0Ahint: see the log
      ::error title=build-hostapp::ERROR: hello-1.0-r0 do_compile: oe_runmake failed
      "
    `);
  });

  it('of 5000 tasks is a line every ten seconds', async () => {
    const lines = (await show(longBuild(5000))).trimEnd().split('\n');
    expect(lines.length).toBeLessThan(520);
    expect(lines.filter((line) => line.includes('NOTE:'))).toEqual([]);
  });

  it('is complete when verbose', async () => {
    const text = await show(longBuild(50), 'verbose');
    expect(text.match(/NOTE: /g)).toHaveLength(150);
  });
});
