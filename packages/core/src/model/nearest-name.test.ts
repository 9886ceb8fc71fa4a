import { describe, expect, it } from 'vitest';
import { findNearestName } from './nearest-name.ts';

const known = ['recipe', 'build_args', 'assets'];

describe('findNearestName', () => {
  it('finds the name with the fewest differing letters', () => {
    expect(findNearestName('recipie', known)).toBe('recipe');
    expect(findNearestName('asets', known)).toBe('assets');
  });

  it('does not care about capitals, dashes and underscores', () => {
    expect(findNearestName('build-args', known)).toBe('build_args');
    expect(findNearestName('buildArgs', known)).toBe('build_args');
  });

  it('finds nothing for a word that is far from all of them', () => {
    expect(findNearestName('environment', known)).toBeUndefined();
    expect(findNearestName('x', ['ab'])).toBeUndefined();
  });
});
