import { describe, expect, it } from 'vitest';
import { createConsoleLines } from './console-lines.ts';

function linesOf(pieces: readonly (string | Buffer)[]) {
  const lines: string[] = [];
  const reader = createConsoleLines((line) => lines.push(line));
  for (const piece of pieces) reader.write(Buffer.from(piece));
  return { lines, reader };
}

describe('createConsoleLines', () => {
  it('cuts lines wherever the pieces end, also within a character, an escape or a line end', () => {
    const bytes = Buffer.from('\u001b[0;32mOK\u001b[0m Grüße\r\nzwei\r\r\n\r\ndrei\n');
    const whole = linesOf([bytes]).lines;
    expect(whole).toEqual(['OK Grüße', 'zwei', 'drei']);
    expect(linesOf([...bytes].map((byte) => Buffer.from([byte]))).lines).toEqual(whole);
  });

  it('takes a moved cursor, a cleared screen and a lone carriage return for a new line', () => {
    const { lines } = linesOf(['one\u001b[07;01Htwo\u001b[2Jthree\rfour\r\n']);
    expect(lines).toEqual(['one', 'two', 'three', 'four']);
  });

  it('shows the line whose end has not come, and gives it at the end', () => {
    const { lines, reader } = linesOf(['\u001b]0;title\u0007\u001b[1mqemu login: ']);
    expect(lines).toEqual([]);
    expect(reader.pending()).toBe('qemu login: ');
    reader.end();
    expect(lines).toEqual(['qemu login: ']);
  });

  it('drops control characters and keeps what is visible', () => {
    expect(linesOf(['a\u0007\u0000b\tc\u202e\u001b(B\u001b=d\n']).lines).toEqual(['ab cd']);
  });

  it('gives a line without an end in pieces, so that it does not fill the memory', () => {
    const { lines, reader } = linesOf(['x'.repeat(20_000)]);
    expect(lines.map((line) => line.length)).toEqual([8192, 8192]);
    expect(reader.pending()).toHaveLength(20_000 - 2 * 8192);
  });
});
