import { describe, expect, it } from 'vitest';
import { buildProgress, MIDST } from '../testing/sample-build.ts';
import {
  describeBuild,
  describeLongestTask,
  formatRemaining,
  listRunningTasks,
} from './build-progress-text.ts';

describe('the line about a build', () => {
  it('has activity, counters, shared state and the time that remains', () => {
    expect(describeBuild(MIDST)).toBe(
      'tasks 1234/5678 (21 %) · setscene 800/900 · sstate 73 % · about 12 min left',
    );
  });

  it.each([
    [{ activity: 'starting' }, 'starting'],
    [{ activity: 'cache' }, 'loading the recipe cache'],
    [{ activity: 'parsing', parsing: { done: 500, total: 2000 } }, 'parsing recipes 500/2000 (25 %)'],
    [{ activity: 'parsing', parsing: { done: 7, total: 0 } }, 'parsing recipes 7'],
    [{ activity: 'preparing' }, 'preparing tasks'],
    [{ activity: 'setscene', setscene: { done: 899, total: 900 } }, 'setscene 899/900 (99 %)'],
    [{ activity: 'tasks' }, 'tasks'],
    [{ activity: 'tasks', tasks: { done: 12, total: 10 } }, 'tasks 12/10 (100 %)'],
    [{ activity: 'tasks', tasks: { done: 1, total: 3 }, failedTasks: 2 }, 'tasks 1/3 (33 %) · 2 failed'],
    [{ activity: 'ending', tasks: { done: 3, total: 3 } }, 'ending · tasks 3/3 (100 %)'],
    [{ activity: 'ending' }, 'ending'],
  ] as const)('of %j is: %s', (change, text) => {
    expect(describeBuild(buildProgress(change))).toBe(text);
  });

  it('leaves out whole parts that do not fit, the least telling first', () => {
    expect(describeBuild(MIDST, 75)).toBe(
      'tasks 1234/5678 (21 %) · setscene 800/900 · sstate 73 % · about 12 min left',
    );
    expect(describeBuild(MIDST, 74)).toBe('tasks 1234/5678 (21 %) · sstate 73 % · about 12 min left');
    expect(describeBuild(MIDST, 45)).toBe('tasks 1234/5678 (21 %) · about 12 min left');
    expect(describeBuild({ ...MIDST, failedTasks: 1 }, 33)).toBe('tasks 1234/5678 (21 %) · 1 failed');
    expect(describeBuild(MIDST, 3)).toBe('tasks 1234/5678 (21 %)');
  });

  it('never is longer than its room, once there is room for the first part', () => {
    for (let width = 22; width < 90; width += 1) {
      expect(describeBuild({ ...MIDST, failedTasks: 3 }, width).length).toBeLessThanOrEqual(width);
    }
  });
});

it.each([
  [0, 'less than a minute left'],
  [29_999, 'less than a minute left'],
  [30_000, 'about 1 min left'],
  [89 * 60_000, 'about 89 min left'],
  [118 * 60_000, 'about 2 h left'],
  [132 * 60_000, 'about 2 h 10 min left'],
])('%d ms read as %s', (remainingMs, text) => {
  expect(formatRemaining(remainingMs)).toBe(text);
});

describe('running tasks', () => {
  it('stand one a line with their ages under each other', () => {
    expect(listRunningTasks(MIDST, 6)).toEqual([
      ' 3m 12s  linux-raspberrypi do_compile',
      ' 1m 01s  go-native do_compile',
      '   0.4s  busybox do_configure',
    ]);
  });

  it('never take more lines than the limit; the last one counts the others', () => {
    expect(listRunningTasks(MIDST, 3)).toHaveLength(3);
    expect(listRunningTasks(MIDST, 2)).toEqual([
      ' 3m 12s  linux-raspberrypi do_compile',
      '         and 2 more',
    ]);
    expect(listRunningTasks(MIDST, 1)).toEqual(['         and 3 more']);
  });

  it('are told in one line by the longest', () => {
    expect(describeLongestTask(MIDST)).toBe(' · running: linux-raspberrypi do_compile (3m 12s) and 2 more');
    expect(describeLongestTask(buildProgress())).toBe('');
  });
});
