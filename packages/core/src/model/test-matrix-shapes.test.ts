import { describe, expect, it } from 'vitest';
import { expandMatrix, placeIn } from './test-matrix-shapes.ts';

const valuesOf = (raw: unknown) =>
  expandMatrix(raw, 'm').combinations.map((combination) => combination.values);
const problemsOf = (raw: unknown) =>
  expandMatrix(raw, 'm').problems.map(({ at, message }) => `${at}: ${message}`);

describe('expandMatrix', () => {
  it('combines lists, the first one slowest', () => {
    expect(valuesOf({ a: [1, 2], b: ['x', 'y'] })).toEqual([
      { a: 1, b: 'x' },
      { a: 1, b: 'y' },
      { a: 2, b: 'x' },
      { a: 2, b: 'y' },
    ]);
  });

  it('leaves out what exclude covers', () => {
    expect(valuesOf({ a: [1, 2], b: ['x', 'y'], exclude: [{ a: 1, b: 'y' }, { a: 2 }] })).toEqual([
      { a: 1, b: 'x' },
    ]);
  });

  it('extends fitting combinations by include, and adds the others', () => {
    const matrix = { a: [1, 2], include: [{ a: 2, extra: true }, { a: 3 }, { note: 'all' }] };
    expect(valuesOf(matrix)).toEqual([{ a: 1, note: 'all' }, { a: 2, extra: true, note: 'all' }, { a: 3 }]);
  });

  it('takes every entry of an include list for itself', () => {
    expect(valuesOf({ include: [{ a: 1 }, { a: 1 }] })).toEqual([{ a: 1 }, { a: 1 }]);
  });

  it.each([
    [undefined, 0],
    [null, 0],
    ['', 0],
    [{}, 0],
    [{ a: [], b: [] }, 0],
    [{ test_suite: ['', null] }, 0],
    [{ test_suite: ['', 'os'] }, 2],
    [{ test_suite: 'os', include: [] }, 'problem'],
    [{ a: [], b: [1] }, 'problem'],
    [{ test_suite: '', include: [{ suite: 'x' }] }, 'problem'],
  ])('asks by %j for combinations: %s', (raw, expected) => {
    const { combinations, problems } = expandMatrix(raw, 'm');
    expect(problems.length > 0 ? 'problem' : combinations.length).toBe(expected);
  });

  it('compares lists as values', () => {
    expect(valuesOf({ runs_on: [['x', 'y'], ['z']], exclude: [{ runs_on: ['z'] }] })).toEqual([
      { runs_on: ['x', 'y'] },
    ]);
  });

  it('knows where each value was written', () => {
    const [product, included] = expandMatrix({ a: [1], include: [{ a: 2 }] }, 'm').combinations;
    expect(product?.pathOf('a')).toEqual(['a']);
    expect(included?.pathOf('a')).toEqual(['include', 0, 'a']);
    expect(expandMatrix([{ a: 1 }], 'm').combinations[0]?.pathOf('a')).toEqual([0, 'a']);
  });

  it('tells entries of the workflow from our own by their suite key', () => {
    const shapes = expandMatrix([{ suite: 'a' }, { test_suite: 'b' }], 'm').combinations.map(
      ({ shape }) => shape,
    );
    expect(shapes).toEqual(['native', 'workflow']);
  });

  it.each([
    [{ test_suite: ['os'], environment: 'e' }, 'm.environment: needs a list with at least one value'],
    [{ test_suite: ['os'], environment: [] }, 'm.environment: needs a list with at least one value'],
    [{ test_suite: ['os'], include: {} }, 'm.include: needs a list'],
    [{ include: ['os'] }, 'm.include[0]: needs a map of keys, such as suite'],
    [{ a: [1], exclude: [1] }, 'm.exclude[0]: needs a map of keys, such as suite'],
    [[1], 'm[0]: needs a map of keys, such as suite'],
    [7, 'm: needs a list of tests or a matrix object'],
  ])('refuses %j', (raw, problem) => {
    expect(problemsOf(raw)).toEqual([problem]);
  });
});

describe('placeIn', () => {
  it('joins the place of the matrix and a key path', () => {
    expect(placeIn('osrel.yml: tests.matrix', [0, 'suite'])).toBe('osrel.yml: tests.matrix[0].suite');
    expect(placeIn('osrel.yml: tests.matrix', ['include', 1])).toBe('osrel.yml: tests.matrix.include[1]');
    expect(placeIn('osrel.yml: tests.matrix', [])).toBe('osrel.yml: tests.matrix');
  });
});
