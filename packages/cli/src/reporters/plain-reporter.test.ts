import { describe, expect, it } from 'vitest';
import { failingRun, finished, sampleEvent, samplePlan } from '../testing/sample-run.ts';
import { createPaint, NO_PAINT } from '../text/paint.ts';
import { createPlainReporter } from './plain-reporter.ts';

function show(
  events: ReturnType<typeof failingRun>,
  verbosity: 'quiet' | 'normal' = 'normal',
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
