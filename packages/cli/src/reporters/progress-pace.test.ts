import type { RunEvent } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { buildProgress, progressEvent } from '../testing/sample-build.ts';
import { sampleEvent } from '../testing/sample-run.ts';
import { createProgressPace } from './progress-pace.ts';

type Progress = RunEvent & { readonly type: 'step-progress' };

/** Seconds at which something is shown. */
function shownAt(events: readonly (readonly [seconds: number, event: RunEvent])[]): readonly number[] {
  const isDue = createProgressPace();
  return events.flatMap(([seconds, event]) => (isDue(event as Progress, seconds * 1000) ? [seconds] : []));
}

const tasks = (done: number, ageMs = 0) =>
  buildProgress({
    activity: 'tasks',
    tasks: { done, total: 100 },
    running: [{ name: 'linux do_compile', ageMs }],
    remainingMs: 60_000 - ageMs,
  });

describe('the pace of progress', () => {
  it('is one in ten seconds while a build moves', () => {
    const events = Array.from({ length: 60 }, (_, at) => [at, progressEvent(at, tasks(at))] as const);
    expect(shownAt(events)).toEqual([0, 10, 20, 30, 40, 50]);
  });

  it('is one in thirty seconds while only ages and estimates change', () => {
    const events = Array.from(
      { length: 61 },
      (_, at) => [at, progressEvent(at, tasks(5, at * 1000))] as const,
    );
    expect(shownAt(events)).toEqual([0, 30, 60]);
  });

  it('shows the first of every activity at once', () => {
    const activities = ['starting', 'cache', 'parsing', 'preparing', 'tasks', 'ending'] as const;
    const events = activities.map(
      (activity, at) => [at, progressEvent(at, buildProgress({ activity }))] as const,
    );
    expect(shownAt(events)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('is one in ten seconds for other steps, each on its own', () => {
    const bytes = (stepId: string, at: number) =>
      [at, sampleEvent(at, { type: 'step-progress', stepId, done: 5, total: 9, unit: 'bytes' })] as const;
    expect(shownAt([bytes('a', 0), bytes('b', 1), bytes('a', 9), bytes('a', 10), bytes('b', 10)])).toEqual([
      0, 1, 10,
    ]);
  });
});
