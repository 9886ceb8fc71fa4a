import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CUT_MARK } from './cut-line.ts';
import { createLineRedaction } from './line-redaction.ts';
import { createRedactor } from './redactor.ts';

const TOKEN = 'p4ss/wörd+token';
const KEY = `-----BEGIN PRIVATE KEY-----\n${'MIIEvQIBADANBgkqhkiG9w0B'.repeat(2)}\nAB==\n-----END PRIVATE KEY-----\n`;
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** What comes out of these batches, without the marks of cut lines. */
function redact(batches: readonly (readonly string[])[], secrets: readonly string[] = [TOKEN, KEY]): string {
  const redaction = createLineRedaction(createRedactor(secrets));
  const told = [...batches.map((batch) => redaction.push(textOf(batch))), redaction.end()];
  for (const text of told) expect(text).toMatch(/^$|\n$/);
  return told.join('').replaceAll(`${CUT_MARK}\n`, '');
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

describe('createLineRedaction', () => {
  it('gives the same lines, in any batches, where there is no secret', () => {
    const lines = ['NOTE: one', '', 'two', '  three '];
    for (let cut = 0; cut <= lines.length; cut += 1)
      expect(redact([lines.slice(0, cut), lines.slice(cut)])).toBe(`${lines.join('\n')}\n`);
  });

  it('hides a key that is printed line by line, its short last line too, wherever the batches end', () => {
    const lines = ['before', ...KEY.trimEnd().split('\n'), 'after'];
    for (let cut = 0; cut <= lines.length; cut += 1)
      expect(redact([lines.slice(0, cut), lines.slice(cut)])).toBe('before\n***\nafter\n');
    expect(redact(lines.map((line) => [line]))).toBe('before\n***\nafter\n');
  });

  it('gives back lines that only looked like the beginning of a key', () => {
    const [first = ''] = KEY.split('\n');
    expect(redact([[first], ['another line']])).toBe('***\nanother line\n');
    expect(redact([['x'], [first]])).toBe('x\n***\n');
  });

  it('holds nothing back that cannot become a secret', () => {
    const redaction = createLineRedaction(createRedactor([KEY, TOKEN]));
    expect(redaction.push('NOTE: a\nNOTE: b\n')).toBe('NOTE: a\nNOTE: b\n');
    expect(redaction.push(`${TOKEN.slice(0, 5)}\n`)).toBe(`${TOKEN.slice(0, 5)}\n`);
    expect(redaction.push('-----BEGIN PRIVATE KEY-----\n')).toBe('');
    expect(redaction.end()).toBe('***\n');
  });

  it.each([
    ['itself', TOKEN],
    ['in base64, first alignment', base64(TOKEN)],
    ['in base64, second alignment', base64(`a${TOKEN}`)],
    ['in base64, third alignment', base64(`ab${TOKEN}`)],
    ['URL-encoded', encodeURIComponent(TOKEN)],
  ])('finds the secret %s where a long line was cut, at every place', (_, form) => {
    const line = `start ${form} end`;
    const whole = redact([[line]]);
    expect(whole).toMatch(/^start \S{0,3}\*\*\*\S{0,3} end\n$/);
    for (let cut = 0; cut <= line.length; cut += 1) {
      const pieces = [line.slice(0, cut) + CUT_MARK, line.slice(cut)];
      expect(redact(pieces.map((piece) => [piece]))).toBe(whole);
    }
  });

  it('gives what the whole text gives for any lines in any batches', () => {
    const line = fc.constantFrom(
      '',
      'NOTE: x',
      TOKEN,
      `a${TOKEN}b`,
      ...KEY.trimEnd().split('\n'),
      base64(TOKEN),
    );
    fc.assert(
      fc.property(fc.array(fc.array(line)), (batches) => {
        const expected = createRedactor([TOKEN, KEY]).text(textOf(batches.flat()));
        // A secret at the very end takes the line end with it.
        expect(redact(batches).trimEnd()).toBe(expected.trimEnd());
      }),
    );
  });

  it('takes a secret that was kept with the line ends of another system', () => {
    const key = KEY.replaceAll('\n', '\r\n');
    expect(redact([['a', ...KEY.trimEnd().split('\n'), 'b']], [key])).toBe('a\n***\nb\n');
  });
});
