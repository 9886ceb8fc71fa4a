import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, canonicalJsonText, digestOfJson } from './json.ts';

describe('canonicalJson', () => {
  it('sorts keys at every level, numbers among them as text, and drops undefined', () => {
    const value = { b: 1, a: { d: [{ y: 1, x: 2 }], c: undefined }, '10': true, '9': false };
    expect(canonicalJson(value)).toBe('{"10":true,"9":false,"a":{"d":[{"x":2,"y":1}]},"b":1}');
  });

  it('keeps the order of lists', () => {
    expect(canonicalJson([3, 1, 2])).toBe('[3,1,2]');
  });

  it('keeps a key called __proto__ as a key', () => {
    expect(canonicalJson(JSON.parse('{"__proto__":{"a":1}}'))).toBe('{"__proto__":{"a":1}}');
  });

  it('is JSON that reads back as the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        expect(canonicalJson(JSON.parse(canonicalJson(value)))).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJsonText(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 50 },
    );
  });

  it('does not depend on the order in which keys were set', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.integer()), (record) => {
        const turned = Object.fromEntries(Object.entries(record).reverse());
        expect(canonicalJson(turned)).toBe(canonicalJson(record));
      }),
    );
  });

  it.each([
    ['undefined in a list', { list: [1, undefined] }, '$.list[1]'],
    ['a function', { run: () => 1 }, '$.run'],
    ['NaN', [Number.NaN], '$[0]'],
    ['an infinity', { size: Number.POSITIVE_INFINITY }, '$.size'],
    ['a big integer', 1n, '$'],
    ['a date', { at: new Date(0) }, '$.at'],
    ['a map', new Map(), '$'],
  ])('refuses %s and says where', (_, value, path) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
    expect(() => canonicalJson(value)).toThrow(path);
  });
});

describe('what JSON cannot hold', () => {
  it.each([
    [undefined, '$ is undefined, which'],
    [Number.NaN, '$ is NaN, which'],
    [1n, '$ is a bigint, which'],
    [new Date(0), '$ is no plain object, which'],
  ])('%s is named: %s', (value, message) => {
    expect(() => canonicalJson(value)).toThrow(message);
  });
});

describe('canonicalJsonText', () => {
  it('is indented as JSON.stringify does it and ends with one newline', () => {
    const value = { a: [1, { b: [] }], c: {}, d: 'x' };
    expect(canonicalJsonText(value)).toBe(`${JSON.stringify(value, null, 2)}\n`);
  });
});

describe('digestOfJson', () => {
  it('is the sha256 of the canonical text', () => {
    expect(digestOfJson({ b: 2, a: 1 })).toBe(createHash('sha256').update('{"a":1,"b":2}').digest('hex'));
  });

  it('tells different values apart', () => {
    expect(digestOfJson({ a: '1' })).not.toBe(digestOfJson({ a: 1 }));
  });
});
