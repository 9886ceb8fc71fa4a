import { describe, expect, it } from 'vitest';
import { digestOfHex, hexOfDigest, isDigest, parseDigest } from './digest.ts';

const hex = '0123456789abcdef'.repeat(4);

describe('digests', () => {
  it('reads a digest and gives its hex digits back', () => {
    expect(hexOfDigest(parseDigest(`sha256:${hex}`))).toBe(hex);
    expect(digestOfHex(hex)).toBe(`sha256:${hex}`);
  });

  it.each([
    hex,
    `sha256:${hex.toUpperCase()}`,
    `sha256:${hex}0`,
    `sha256:${hex.slice(1)}`,
    `md5:${hex}`,
    `sha256:${hex}\n`,
    '',
    null,
    7,
  ])('refuses %j naming it', (value) => {
    expect(isDigest(value)).toBe(false);
    expect(() => parseDigest(value)).toThrow(
      expect.objectContaining({ code: 'digest.malformed', kind: 'usage' }),
    );
    expect(() => parseDigest(value)).toThrow(JSON.stringify(value));
  });

  it('refuses hex digits of the wrong length', () => {
    expect(() => digestOfHex('abc')).toThrow(/sha256:abc/);
  });
});
