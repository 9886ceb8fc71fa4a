import type { Json } from './json-value.ts';

/**
 * The value as JSON would give it back: undefined members dropped, undefined items null. Strings are shared, not copied,
 * which is what makes it cheaper than a way through text. Throws a TypeError on what JSON cannot hold.
 */
export function plainJson(value: unknown): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  // JSON knows no negative zero.
  if (typeof value === 'number' && Number.isFinite(value)) return value + 0;
  if (value === undefined) return null;
  if (Array.isArray(value)) return value.map(plainJson);
  if (typeof value !== 'object' || typeof Reflect.get(value, 'toJSON') === 'function') {
    throw new TypeError(`${typeof value} is not plain JSON`);
  }
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([key, member]) => [key, plainJson(member)]));
}
