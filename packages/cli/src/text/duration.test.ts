import { describe, expect, it } from 'vitest';
import { formatDuration, formatElapsed } from './duration.ts';

describe('durations', () => {
  it.each([
    [0, '0.0s'],
    [-5, '0.0s'],
    [420, '0.4s'],
    [9_940, '9.9s'],
    [9_960, '10s'],
    [59_400, '59s'],
    [59_960, '1m 00s'],
    [184_000, '3m 04s'],
    [3_599_960, '1h 00m'],
    [3_720_000, '1h 02m'],
    [100 * 3_600_000, '100h 00m'],
  ])('%d ms reads as %s', (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });

  it('counts minutes beyond the hour in prefixes, so that they stay short', () => {
    expect([0, 7_999, 3_665_000].map(formatElapsed)).toEqual(['+00:00', '+00:07', '+61:05']);
  });
});
