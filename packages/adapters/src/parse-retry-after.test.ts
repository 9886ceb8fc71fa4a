import { expect, it } from 'vitest';
import { parseRetryAfter } from './parse-retry-after.ts';

it('a delay that a server asks for is seconds or a date', () => {
  const now = '2026-01-05T08:00:00.000Z';
  expect(parseRetryAfter('42', now)).toBe(42_000);
  expect(parseRetryAfter('Mon, 05 Jan 2026 08:00:30 GMT', now)).toBe(30_000);
  expect(parseRetryAfter('Mon, 05 Jan 2026 07:00:30 GMT', now)).toBe(0);
  for (const header of ['soon', '', '-1', undefined, 42])
    expect(parseRetryAfter(header, now)).toBeUndefined();
  expect(parseRetryAfter('Mon, 05 Jan 2026 08:00:30 GMT', undefined)).toBeUndefined();
});
