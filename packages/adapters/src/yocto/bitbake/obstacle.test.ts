import { badConfig, toolFailed } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { describeObstacles, refuseObstacles } from './obstacle.ts';

const MISSING = {
  at: '.gitmodules',
  error: badConfig('repository.submodule-missing', 'two are missing', {
    hint: 'fetch them',
    problems: [
      { at: 'layers/a', message: 'a is missing' },
      { at: 'layers/b', message: 'b is missing' },
    ],
  }),
};
const LOCALE = { at: 'LC_ALL', error: toolFailed('build.no-locale', 'no locale', { hint: 'make one' }) };

describe('describeObstacles', () => {
  it('names every problem, and the next move after the last of each obstacle', () => {
    expect(describeObstacles([MISSING, LOCALE])).toEqual([
      { at: 'layers/a', message: 'a is missing' },
      { at: 'layers/b', message: 'b is missing; fetch them' },
      { at: 'LC_ALL', message: 'no locale; make one' },
    ]);
  });
});

describe('refuseObstacles', () => {
  it('lets a build begin that nothing hinders', () => {
    expect(() => refuseObstacles([])).not.toThrow();
  });

  it('throws the first with the problems of all', () => {
    const problems = describeObstacles([MISSING, LOCALE]);
    const error = { kind: 'config', code: 'repository.submodule-missing', hint: 'fetch them', problems };
    expect(() => refuseObstacles([MISSING, LOCALE])).toThrow(expect.objectContaining(error));
    expect(() => refuseObstacles([LOCALE, MISSING])).toThrow(expect.objectContaining({ kind: 'tool' }));
  });
});
