import type { TestRecord } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { NO_PAINT } from './paint.ts';
import { renderTests } from './tests-text.ts';

const RECORD: TestRecord = {
  slug: 'pi5',
  suite: 'os',
  test: 'OS > wifi',
  runs: 4,
  passed: 2,
  failed: 1,
  skipped: 0,
  waived: 1,
  retried: 0,
  medianMs: 1500,
  lastFailedAt: '2026-07-01T12:00:00.000Z',
  lastFailure: 'no link',
  latest: ['failed', 'waived', 'passed', 'passed'],
};

const lines = (...records: readonly TestRecord[]) => renderTests(records, NO_PAINT).split('\n');

describe('renderTests', () => {
  it('shows counts, share of failures, median and the latest outcomes by signs', () => {
    expect(lines(RECORD).slice(0, 2)).toEqual([
      'DEVICE TYPE  TEST           RUNS   FAILED  RETRIED  WAIVED  MEDIAN  LAST FAILED  LATEST',
      'pi5          os: OS > wifi     4  1 (25%)                1    1.5s  2026-07-01   ✗w✓✓',
    ]);
    expect(lines(RECORD).at(-2)).toMatch(/^latest first: ✓ passed, ✗ failed/);
  });

  it('tells a suite as a whole from its tests, and how often it was tried again', () => {
    const suite = { ...RECORD, test: null, failed: 0, retried: 2, latest: ['rig-failure', 'infrastructure'] };
    expect(lines({ ...suite, lastFailedAt: null, medianMs: null })[1]).toMatch(
      /^pi5 +\(os\) +4 +0 +2 +1 +ri$/,
    );
  });

  it('keeps the end of a long name and the newest of many outcomes', () => {
    const test = `OS > ${'a very long group > '.repeat(8)}the test`;
    const row = lines({ ...RECORD, test, latest: Array<string>(20).fill('passed') })[1] ?? '';
    expect(row).toContain('…');
    expect(row).toContain('> the test ');
    expect(row).toMatch(/ ✓{10}$/);
  });
});
