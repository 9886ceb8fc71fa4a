import type { RunEvent } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import {
  beginBuild,
  buildProgress,
  logEvent,
  longBuild,
  MIDST,
  progressEvent,
} from '../testing/sample-build.ts';
import { failingRun, finished, sampleEvent, samplePlan } from '../testing/sample-run.ts';
import { createPaint, NO_PAINT } from '../text/paint.ts';
import { createPlainReporter } from './plain-reporter.ts';

function show(
  events: Iterable<RunEvent>,
  verbosity: 'quiet' | 'normal' | 'verbose' = 'normal',
  paint = NO_PAINT,
): string {
  let text = '';
  const reporter = createPlainReporter({ paint, verbosity, write: (chunk) => (text += chunk) });
  for (const event of events) reporter.emit(event);
  return text;
}

describe('the plain reporter', () => {
  it('writes one prefixed line an event, and progress at most every ten seconds', () => {
    expect(show(failingRun())).toMatchInlineSnapshot(`
      "[run +00:00] run-1: raspberrypi4-64 6.5.1 on local: 3 steps
      [build build-hostapp +00:00] build hostapp with barys
      [build build-hostapp +00:01] ::error::from a tool red
      [build build-hostapp +00:02] 1 of 4 tasks (25 %)
      [build build-hostapp +00:13] 4 of 4 tasks (100 %)
      [build build-hostapp +00:14] attempt 1 failed, again in 2.0s: error[build.failed] barys failed with exit code 1
      [run +01:20] still running: build-hostapp
      [build build-hostapp +01:30] ✗ failed: error[build.failed] barys failed with exit code 1
      [test run-suite.smoke +01:30] ! blocked: build-hostapp failed
      [deploy create-draft +01:30] ! blocked: build-hostapp failed
      [run +01:30] failed after 1m 30s
      "
    `);
  });

  it.each(['quiet', 'normal', 'verbose'] as const)(
    'writes lines that come at once as it does others: %s',
    (verbosity) => {
      const events = [
        ...failingRun(),
        ...beginBuild(),
        logEvent(1, 'ERROR: a'),
        logEvent(1, 'NOTE: Executing Tasks'),
      ];
      let text = '';
      const reporter = createPlainReporter({ paint: NO_PAINT, verbosity, write: (chunk) => (text += chunk) });
      for (const event of events) {
        if (event.type !== 'step-log') reporter.emit(event);
        else reporter.emitLines?.({ ...event, text: `${event.line}\n` });
      }
      expect(text).toBe(show(events, verbosity));
    },
  );

  it('is silent about everything but failures when quiet', () => {
    expect(show(failingRun(), 'quiet').trimEnd().split('\n')).toEqual([
      '[build build-hostapp +01:30] ✗ failed: error[build.failed] barys failed with exit code 1',
    ]);
  });

  it('cuts an endless line to 8 KiB', () => {
    const events = [
      sampleEvent(0, { type: 'run-started', plan: samplePlan(), resumed: true }),
      sampleEvent(0, { type: 'step-log', stepId: 'build-hostapp', line: 'x'.repeat(1_000_000) }),
    ];
    for (const line of show(events, 'normal', createPaint(1)).trimEnd().split('\n'))
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(8192);
  });

  it('says what was done earlier in a resumed run, and what was adopted', () => {
    const text = show([
      sampleEvent(0, { type: 'run-started', plan: samplePlan(), resumed: true }),
      finished(0, 'build-hostapp', { fromJournal: true }),
      finished(1, 'create-draft', { outcome: 'adopted', because: 'draft 17 carries the mark' }),
    ]);
    expect(text).toContain('3 steps, resumed');
    expect(text).toContain('[build build-hostapp +00:00] ✓ done earlier in this run');
    expect(text).toContain('[deploy create-draft +00:01] = adopted: draft 17 carries the mark');
  });
});

describe('the plain reporter of a build', () => {
  it('tells counters and the longest running task in one line', () => {
    expect(show([...beginBuild(), progressEvent(61, MIDST)]).split('\n')[2]).toBe(
      '[build build-hostapp +01:01] tasks 1234/5678 (21 %) · setscene 800/900 · sstate 73 % · about 12 min left · running: linux-raspberrypi do_compile (3m 12s) and 2 more',
    );
  });

  it('keeps a build of 5000 tasks to a line every ten seconds', () => {
    const lines = show(longBuild(5000)).trimEnd().split('\n');
    expect(lines.length).toBeLessThan(510);
    expect(lines.length).toBeGreaterThan(490);
    expect(lines.filter((line) => line.includes('NOTE:'))).toEqual([]);
    expect(lines.at(-1)).toContain('✓ done in 1h 23m');
  });

  it('prints every line of it when verbose', () => {
    const lines = show(longBuild(100), 'verbose').split('\n');
    expect(lines.filter((line) => line.includes('NOTE: '))).toHaveLength(300);
  });

  it('colours errors and warnings, and prints held back lines before the end of the step', () => {
    const paint = createPaint(1);
    const text = show(
      [
        ...beginBuild(),
        logEvent(1, 'ERROR: no'),
        logEvent(1, 'WARNING: hm'),
        logEvent(1, '| quoted'),
        finished(2, 'build-hostapp'),
      ],
      'normal',
      paint,
    );
    const [, , error, warning, quoted, end] = text.split('\n');
    expect(error).toContain(paint.bad('ERROR: no'));
    expect(warning).toContain(paint.warn('WARNING: hm'));
    expect(quoted).toContain('| quoted');
    expect(end).toContain('done in');
  });

  it('shows a change of activity at once', () => {
    const text = show([
      ...beginBuild(),
      progressEvent(1, buildProgress({ activity: 'parsing', parsing: { done: 0, total: 10 } })),
      progressEvent(2, buildProgress({ activity: 'parsing', parsing: { done: 9, total: 10 } })),
      progressEvent(3, buildProgress({ activity: 'preparing' })),
    ]);
    expect(text).toContain('+00:01] parsing recipes 0/10');
    expect(text).not.toContain('9/10');
    expect(text).toContain('+00:03] preparing tasks');
  });
});

describe('the plain reporter of a run that is stopped', () => {
  const stopping = sampleEvent(1, { type: 'cancelling', because: 'interrupted by SIGINT' });

  it('says what the first signal does and what a second one would do, also when quiet', () => {
    for (const verbosity of ['normal', 'quiet'] as const) {
      const text = show([...beginBuild(), stopping], verbosity);
      expect(text).toContain('stopping: interrupted by SIGINT; a build finishes its running tasks first');
      expect(text).toContain('a second signal ends all at once');
    }
  });

  it('says of the second one that everything ends, and what a third would do', () => {
    const again = sampleEvent(2, { type: 'cancelling', because: 'interrupted by SIGINT', endsNow: true });
    expect(
      show([...beginBuild(), stopping, again])
        .trimEnd()
        .split('\n')
        .at(-1),
    ).toBe(
      '[run +00:02] ending at once: interrupted by SIGINT; a third signal leaves behind whatever still runs',
    );
  });
});
