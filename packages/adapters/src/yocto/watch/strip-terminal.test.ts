import { describe, expect, it } from 'vitest';
import { stripTerminal } from './strip-terminal.ts';

describe('stripTerminal', () => {
  it('gives a plain line back as it is', () => {
    expect(stripTerminal('NOTE: plain')).toEqual(['NOTE: plain']);
  });

  it('takes colours, cursor movement and links out', () => {
    const line = '\u001b[1;31mERROR\u001b[0m: \u001b[31mtext\u001b[0m\u001b[3A\u001b[J';
    expect(stripTerminal(line)).toEqual(['ERROR: text']);
    expect(stripTerminal('log: \u001b]8;;file:///a\u001b\\/a\u001b]8;;\u001b\\')).toEqual(['log: /a']);
    expect(stripTerminal('\u001b]0;title\u0007x\u001b(B')).toEqual(['x']);
  });

  it('cuts where the cursor went back to the left edge', () => {
    expect(stripTerminal('Parsing:  1%\rParsing: 99%\r\r')).toEqual(['Parsing:  1%', 'Parsing: 99%']);
    expect(stripTerminal('\r')).toEqual(['']);
  });

  it.each(['\u001b', '\u001b[', '\u001b[12', '\u001b]8;;no end', 'a\u001b('])(
    'ends at a sequence that does not: %j',
    (line) => {
      expect(stripTerminal(line).join('').includes('\u001b')).toBe(false);
    },
  );
});
