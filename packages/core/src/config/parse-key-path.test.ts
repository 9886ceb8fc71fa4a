import { describe, expect, it } from 'vitest';
import { formatKeyPath } from '../model/schema-problems.ts';
import { parseKeyPath } from './parse-key-path.ts';

describe('a key path as text', () => {
  it.each([
    [['tests', 'matrix', 0, 'suite']],
    [['environments', 'balena-cloud.com', 'balena', 'host']],
    [['a "quoted" [key]', 2, 'x']],
    [[]],
  ])('is read as it was written: %j', (path) => {
    expect(parseKeyPath(formatKeyPath(path))).toEqual(path);
  });
});
