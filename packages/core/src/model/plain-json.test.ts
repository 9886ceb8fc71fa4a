import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainJson } from './plain-json.ts';

describe('plainJson', () => {
  it('gives what a way through text gives', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        expect(plainJson(value)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('drops undefined members and keeps the place of undefined items', () => {
    expect(plainJson({ a: undefined, b: [1, undefined], c: null })).toEqual({ b: [1, null], c: null });
  });

  it.each([[new Date(0)], [() => 1], [1n], [Number.NaN], [Symbol('x')]])('refuses %s', (value) => {
    expect(() => plainJson({ value })).toThrow(TypeError);
  });
});
