import { asOsrelError, type OsrelError } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { parseYamlConfig } from './parse-yaml-config.ts';

const parse = (text: string) => parseYamlConfig(text, 'osrel.yml');

function refusalOf(text: string): OsrelError {
  try {
    parse(text);
  } catch (error) {
    const refusal = asOsrelError(error);
    if (refusal === undefined) throw error;
    return refusal;
  }
  throw new Error('the text was not refused');
}

describe('the text of a configuration file', () => {
  it.each([
    ['tests: [os', 'osrel.yml:1:11'],
    ['a: 1\na: 2', 'osrel.yml:2:1'],
    ['\tx: 1', 'osrel.yml:1:1'],
    ['a: !secret x', 'osrel.yml:1:4'],
    ['---\na: 1\n---\nb: 1', 'osrel.yml:3:1'],
  ])('names line and column of the mistake in %j', (text, at) => {
    const refusal = refusalOf(text);
    expect(refusal).toMatchObject({ code: 'config.syntax', exitCode: 2 });
    expect(refusal.problems.map((problem) => problem.at)).toContain(at);
  });

  it('names an alias that has no anchor', () => {
    expect(refusalOf('a: *nowhere').message).toContain('nowhere');
  });

  it('refuses an alias bomb', () => {
    const level = (name: string, below: string) => `${name}: &${name} [${Array(9).fill(below).join(', ')}]\n`;
    const bomb = level('a', 'x') + level('b', '*a') + level('c', '*b') + level('d', '*c') + level('e', '*d');
    expect(refusalOf(bomb).code).toBe('config.too-nested');
  });

  it('refuses a value that contains itself', () => {
    expect(refusalOf('a: &a { b: *a }').code).toBe('config.too-nested');
  });

  it('refuses a text that is nested without end', () => {
    expect(refusalOf('['.repeat(50_000)).code).toBe('config.too-nested');
  });

  it('lists at most twenty mistakes', () => {
    const text = Array.from({ length: 60 }, (_, index) => `k${index}: !t x`).join('\n');
    expect(refusalOf(text).problems).toHaveLength(20);
  });

  it('reads YAML 1.2, in which yes is a text', () => {
    expect(parse('a: yes\nb: true').document).toEqual({ a: 'yes', b: true });
  });

  it('is undefined when it says nothing', () => {
    expect(parse('# later\n').document).toBeUndefined();
  });
});

describe('the line of a key path', () => {
  const { lineOf } = parse(
    [
      'tests:',
      '  matrix:',
      '    - suite: os',
      '    - suite: hup',
      'a: &x',
      '  tier: beta',
      'b: *x',
      '7: seven',
    ].join('\n'),
  );

  it.each([
    [['tests'], 1],
    [['tests', 'matrix', 1, 'suite'], 4],
    [['tests', 'matrix', 1], 4],
    [['b', 'tier'], 6],
    [['7'], 8],
  ])('%j is %j', (path, line) => expect(lineOf(path)).toBe(line));

  it('is that of the closest ancestor where the path goes deeper', () => {
    expect(lineOf(['tests', 'required', 3])).toBe(1);
    expect(lineOf(['tests', 'matrix', 9])).toBe(2);
  });

  it('is unknown for the document itself and for a key that is not there', () => {
    expect(lineOf([])).toBeUndefined();
    expect(lineOf(['nowhere'])).toBeUndefined();
  });
});
