import { describe, expect, it } from 'vitest';
import { parseConfLines } from './conf-statements.ts';

const parse = (text: string) => parseConfLines(text, 'local.conf');

describe('parseConfLines', () => {
  it.each([
    ['A = "1"', 'A', '=', '1'],
    ["A='1'", 'A', '=', '1'],
    ['A ?= "x y"', 'A', '?=', 'x y'],
    ['A ??= ""', 'A', '??=', ''],
    ['A := "$' + '{B}"', 'A', ':=', '$' + '{B}'],
    ['INHERIT += "rm_work"', 'INHERIT', '+=', 'rm_work'],
    ['A =+ "b"', 'A', '=+', 'b'],
    ['A .= ":b"', 'A', '.=', ':b'],
    ['A =. "b:"', 'A', '=.', 'b:'],
    ['MIRRORS:append = " x "', 'MIRRORS:append', '=', ' x '],
    ['SRC_URI_append_pn-x = " y"', 'SRC_URI_append_pn-x', '=', ' y'],
    ['export PATH_X = "a=b"', 'PATH_X', '=', 'a=b'],
    [`A = 'say "hi"'`, 'A', '=', 'say "hi"'],
  ])('reads %s', (text, name, operator, value) => {
    expect(parse(text)).toEqual([{ kind: 'statement', name, operator, value, file: 'local.conf', line: 1 }]);
  });

  it('tells the line a statement begins at, over continued lines', () => {
    const lines = parse('# first\n\nA = "1 \\\n  2 \\\n"\nB = "3"\n');
    expect(lines).toMatchObject([
      { name: 'A', value: '1   2 ', line: 3 },
      { name: 'B', value: '3', line: 6 },
    ]);
  });

  it('reads what files are included', () => {
    expect(parse('require conf/site-rules.inc\ninclude /etc/build.conf')).toEqual([
      { kind: 'include', path: 'conf/site-rules.inc', line: 1 },
      { kind: 'include', path: '/etc/build.conf', line: 2 },
    ]);
  });

  it.each(['#A = "1"', 'A[doc] = "text"', 'A = 1', 'A = "1', 'inherit x', 'python () {', ''])(
    'passes over %j',
    (text) => {
      expect(parse(text)).toEqual([]);
    },
  );

  it('takes a comment that goes on for a comment as a whole', () => {
    expect(parse('# A = "1" \\\nB = "2"\nC = "3"')).toMatchObject([{ name: 'C' }]);
  });
});
