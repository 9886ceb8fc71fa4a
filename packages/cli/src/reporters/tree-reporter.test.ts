import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import type { RunEvent } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { failingRun, finished, sampleEvent, samplePlan } from '../testing/sample-run.ts';
import { NO_PAINT } from '../text/paint.ts';
import { createTreeReporter } from './tree-reporter.ts';

/** What is on the screen in the end: the part after the last redraw. */
async function draw(events: readonly RunEvent[]): Promise<string> {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 100, rows: 40 });
  const chunks: string[] = [];
  stream.on('data', (chunk) => chunks.push(String(chunk)));
  // The tree needs a stream that says it is a terminal; a PassThrough with those members is one for it.
  const reporter = createTreeReporter({
    stream: stream as unknown as NodeJS.WriteStream,
    paint: NO_PAINT,
    verbosity: 'normal',
  });
  for (const event of events) reporter.emit(event);
  await reporter.close();
  return stripVTControlCharacters(chunks.join(''));
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
