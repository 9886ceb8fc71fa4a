import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import type { RunEvent } from '@osrel/core';
import { describe, expect, it, vi } from 'vitest';
import {
  beginBuild,
  buildProgress,
  logEvent,
  longBuild,
  MIDST,
  progressEvent,
} from '../testing/sample-build.ts';
import { failingRun, finished, sampleEvent, samplePlan } from '../testing/sample-run.ts';
import { NO_PAINT } from '../text/paint.ts';
import { createTreeReporter } from './tree-reporter.ts';

interface Watched {
  readonly columns?: number;
  /** Text that must have been on the screen before the run ends. */
  readonly until?: string;
  /** Whole lines that come at once with each line of the log, before it. */
  readonly linesAtOnce?: string;
}

/** Everything that was written to the screen, without what moves the cursor. */
async function draw(events: Iterable<RunEvent>, watched: Watched = {}): Promise<string> {
  return (await record(events, watched)).map((chunk) => stripVTControlCharacters(chunk)).join('');
}

/** Each piece that was written to the screen. */
async function record(
  events: Iterable<RunEvent>,
  { columns = 100, until, linesAtOnce }: Watched,
): Promise<readonly string[]> {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns, rows: 40 });
  const chunks: string[] = [];
  stream.on('data', (chunk) => chunks.push(String(chunk)));
  // The tree needs a stream that says it is a terminal; a PassThrough with those members is one for it.
  const reporter = createTreeReporter({
    stream: stream as unknown as NodeJS.WriteStream,
    paint: NO_PAINT,
    verbosity: 'normal',
  });
  for (const event of events) {
    if (linesAtOnce === undefined || event.type !== 'step-log') reporter.emit(event);
    else reporter.emitLines?.({ ...event, text: `${linesAtOnce}${event.line}\n` });
  }
  const isSeen = (text: string) => chunks.some((chunk) => stripVTControlCharacters(chunk).includes(text));
  if (until !== undefined) await vi.waitUntil(() => isSeen(until), { timeout: 5000, interval: 10 });
  await reporter.close();
  return chunks;
}

describe('the tree', () => {
  it('ends with every stage and step and how it went', async () => {
    const text = await draw([
      sampleEvent(0, { type: 'run-started', plan: samplePlan(), resumed: false }),
      sampleEvent(0, { type: 'step-started', stepId: 'build-hostapp', attempt: 1 }),
      finished(3, 'build-hostapp'),
      finished(4, 'run-suite.smoke', { outcome: 'adopted' }),
      finished(4, 'create-draft', { fromJournal: true }),
      sampleEvent(4, { type: 'run-finished', outcome: 'done', durationMs: 4000, decisions: [], error: null }),
    ]);
    for (const part of [
      'build',
      'build hostapp with barys 3.2s',
      'run suite smoke adopted',
      'make the draft release earlier',
    ])
      expect(text).toContain(part);
  });

  it('shows failures and blocked steps with the reason, and ends', async () => {
    const text = await draw(failingRun());
    expect(text).toContain(
      'build hostapp with barys: ✗ failed: error[build.failed] barys failed with exit code 1',
    );
    expect(text).toContain('make the draft release: ! blocked: build-hostapp failed');
  });

  it('ends when the run ends without a word about its steps', async () => {
    const [start] = failingRun();
    expect(await draw(start === undefined ? [] : [start])).toContain('make the draft release');
  });
});

describe('the tree of a build', () => {
  it('shows counters behind the step and running tasks with their age below it', async () => {
    const text = await draw([...beginBuild(), progressEvent(1, MIDST)], { until: 'do_configure' });
    expect(text).toContain(
      'build hostapp with barys: tasks 1234/5678 (21 %) · sstate 73 % · about 12 min left',
    );
    expect(text).toMatch(/› +3m 12s {2}linux-raspberrypi do_compile\n +1m 01s {2}go-native do_compile\n/);
  });

  it('stays within the width of the terminal', async () => {
    const running = Array.from({ length: 20 }, (_, index) => ({
      name: `a-recipe-with-a-really-long-name-${index} do_populate_sysroot`,
      ageMs: 3_600_000,
    }));
    const events = [
      ...beginBuild(),
      progressEvent(1, { ...MIDST, running }),
      logEvent(1, `WARNING: ${'x'.repeat(500)}`),
      sampleEvent(1, { type: 'cancelling', because: 'interrupted by SIGINT' }),
    ];
    for (const columns of [50, 60, 80, 120]) {
      const text = await draw(events, { columns, until: 'and 15 more' });
      expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns);
      expect(text).toContain('WARNING: xxx');
    }
  });

  it('shows its lines until it tells how far it is, then only what it complains of', async () => {
    await draw([...beginBuild(), logEvent(1, 'unpacking the toolchain')], {
      until: 'unpacking the toolchain',
    });
    const after = await draw(
      [
        ...beginBuild(),
        progressEvent(1, MIDST),
        logEvent(2, 'NOTE: Running task 3 of 28'),
        ...[1, 2, 3, 4].map((index) => logEvent(2, `WARNING: number ${index}`)),
        logEvent(2, 'ERROR: at last'),
      ],
      { until: 'ERROR: at last' },
    );
    expect(after).not.toContain('NOTE:');
    const atOnce = await draw([...beginBuild(), logEvent(1, 'unpacking'), progressEvent(1, MIDST)], {
      until: 'ERROR: at once',
      linesAtOnce: 'NOTE: earlier\nERROR: at once\n',
    });
    expect(atOnce).not.toContain('NOTE:');
    expect(after).toContain('1 error, 4 warnings; the last:');
    expect(after).not.toContain('number 2');
  });

  it('is not drawn for every event', async () => {
    const chunks = await record(longBuild(5000), {});
    expect(chunks.length).toBeLessThan(100);
    expect(chunks.join('').length).toBeLessThan(50_000);
  });

  it('ends without the progress of the build', async () => {
    const chunks = await record([...beginBuild(), progressEvent(1, MIDST), finished(2, 'build-hostapp')], {});
    const last = stripVTControlCharacters(chunks.at(-2) ?? '');
    expect(last).toContain('build hostapp with barys 3.2s');
    expect(last).not.toContain('do_compile');
  });

  it('says below a running step that a second signal ends it', async () => {
    const stopping = sampleEvent(1, { type: 'cancelling', because: 'interrupted by SIGINT' });
    const text = await draw([...beginBuild(), progressEvent(1, buildProgress()), stopping], {
      until: 'a second signal ends all at once',
    });
    expect(text).toContain('stopping: interrupted by SIGINT');
  });

  it('folds stages that have not begun into a line each', async () => {
    const [start] = failingRun();
    const begun = sampleEvent(0, { type: 'step-started', stepId: 'build-hostapp', attempt: 1 });
    const chunks = await record(start === undefined ? [] : [start, begun], {
      until: 'deploy (1 step waits)',
    });
    const frame = stripVTControlCharacters(chunks.find((chunk) => chunk.includes('waits)')) ?? '');
    expect(frame).not.toContain('make the draft release');
  });
});
