import { createHash } from 'node:crypto';

/**
 * JSON with keys in code unit order, no white space and no undefined members, so that equal values give equal
 * bytes. Takes plain JSON data; throws a TypeError on what JSON cannot hold (undefined, functions, bigint, NaN,
 * class instances), because such a value would make a digest that nobody can check.
 */
export function canonicalJson(value: unknown): string {
  return render(value, { path: '$', newline: '' });
}

/** The same, with two spaces of indent and one newline at the end: for files that people read. */
export function canonicalJsonText(value: unknown): string {
  return `${render(value, { path: '$', newline: '\n' })}\n`;
}

/** sha256 of the canonical JSON, as 64 lower-case hex digits. */
export function digestOfJson(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

interface Place {
  readonly path: string;
  /** Line break and indent of this level; empty for compact JSON. */
  readonly newline: string;
}

// Rendered by hand: JSON.stringify puts integer-like keys first, whatever order they were given in.
function render(value: unknown, place: Place): string {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (Array.isArray(value)) {
    const items = value.map((item, index) => render(item, below(place, `[${index}]`)));
    return wrap('[', items, ']', place);
  }
  if (isPlainObject(value)) return renderObject(value, place);
  throw new TypeError(`${place.path} is ${nameOf(value)}, which JSON cannot hold`);
}

function renderObject(value: object, place: Place): string {
  const colon = place.newline === '' ? ':' : ': ';
  const members = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => JSON.stringify(key) + colon + render(item, below(place, `.${key}`)));
  return wrap('{', members, '}', place);
}

function below(place: Place, step: string): Place {
  return { path: place.path + step, newline: place.newline === '' ? '' : `${place.newline}  ` };
}

function wrap(open: string, items: readonly string[], close: string, place: Place): string {
  if (items.length === 0) return open + close;
  const inner = below(place, '').newline;
  return open + items.map((item) => inner + item).join(',') + place.newline + close;
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function nameOf(value: unknown): string {
  if (typeof value === 'object') return 'no plain object';
  return typeof value === 'number' || value === undefined ? String(value) : `a ${typeof value}`;
}
