/**
 * Milliseconds that a `Retry-After` header asks to wait: it gives seconds or an HTTP date. Undefined when it is absent
 * or malformed. `now` is an ISO 8601 timestamp, or the reply's own `Date`. RFC 9110, 10.2.3.
 */
export function parseRetryAfter(header: unknown, now: string | undefined): number | undefined {
  if (typeof header !== 'string') return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1000;
  // Date.parse takes nearly anything for a date, a negative number too.
  if (!/\d{4}/.test(header)) return undefined;
  const waitMs = Date.parse(header) - Date.parse(now ?? '');
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}
