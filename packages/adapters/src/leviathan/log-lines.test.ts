import { describe, expect, it } from 'vitest';
import { createLogLines } from './log-lines.ts';

function linesOf(...frames: readonly string[]): readonly string[] {
  const lines = createLogLines();
  return [...frames.flatMap(lines.take), ...lines.end()];
}

describe('createLogLines', () => {
  it('takes the end of a frame for the end of a line', () => {
    expect(linesOf('ok 1 - a\nok 2 - b', 'ok 3 - c')).toEqual(['ok 1 - a', 'ok 2 - b', 'ok 3 - c']);
  });

  it('drops the carriage returns of line ends', () => {
    expect(linesOf('one\r\ntwo\r', 'three')).toEqual(['one', 'two', 'three']);
  });

  it('joins a frame as long as can be with the next', () => {
    const long = `first\n${'x'.repeat(65_530)}`;
    expect(linesOf(long, 'yz\nlast')).toEqual(['first', `${'x'.repeat(65_530)}yz`, 'last']);
  });

  it.each([
    ['    not', 'ok 3 - breaks', '    not ok 3 - breaks'],
    ['    no', 't ok 3 - breaks', '    not ok 3 - breaks'],
    ['n', 'ot ok 3', 'not ok 3'],
    ['not o', 'k 3', 'not ok 3'],
    ['  o', 'k 3 - holds', '  ok 3 - holds'],
  ])('never makes a pass of %j before %j', (begin, rest, whole) => {
    expect(linesOf(begin, rest)).toEqual([whole]);
  });

  it('lets a line be that only looks like half of one', () => {
    expect(linesOf('no', 'such file')).toEqual(['no', 'such file']);
    expect(linesOf('not')).toEqual(['not']);
  });

  it('breaks a line without end', () => {
    expect(linesOf('x'.repeat(3 * 1024 * 1024)).every((line) => line.length <= 1024 * 1024)).toBe(true);
  });

  it('makes no failed test a pass, wherever the log is cut thrice', () => {
    const log = 'ok 1 - a\nnot ok 2 - b\n    not ok 3 - c\nok 4 - d\n';
    const seen: string[] = [];
    for (let one = 1; one < log.length; one += 1)
      for (let two = one + 1; two <= log.length; two += 1)
        for (let three = two + 1; three <= Math.min(two + 4, log.length); three += 1) {
          const parts = [log.slice(0, one), log.slice(one, two), log.slice(two, three), log.slice(three)];
          const lines = linesOf(...parts.map((part) => part.trimEnd()));
          seen.push(...lines.filter((line) => /^\s*ok [23]/.test(line)));
        }
    expect(seen).toEqual([]);
  });
});
