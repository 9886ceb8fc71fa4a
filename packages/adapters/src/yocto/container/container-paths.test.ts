import { describe, expect, it } from 'vitest';
import { checkMountable, containerPathOf } from './container-paths.ts';

describe('containerPathOf', () => {
  it.each([
    ['/repo/cache', '/work/cache'],
    ['cache', '/work/cache'],
    ['/repo', '/work'],
    ['/repository/cache', undefined],
    ['../cache', undefined],
  ])('takes %s for %s', (outside, inside) => {
    expect(containerPathOf(outside, '/repo')).toBe(inside);
  });
});

describe('checkMountable', () => {
  it('refuses what an engine would take apart', () => {
    expect(checkMountable('the path', '/a b')).toBe('/a b');
    expect(() => checkMountable('the path', '/a:b')).toThrow('the path "/a:b" cannot be mounted');
    expect(() => checkMountable('the path', '/a\nb')).toThrow('cannot be mounted');
  });
});
