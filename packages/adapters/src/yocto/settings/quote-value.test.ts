import { describe, expect, it } from 'vitest';
import { quoteValue } from './assignment.ts';
import { parseConfLines } from './conf-statements.ts';

/** The value part of the pattern in bitbake's ConfHandler, with its two guards against a lone quote inside. */
const BITBAKE = /^A\s*=\s*(?!'[^']*'[^']*'$)(?!"[^"]*"[^"]*"$)(['"])(.*)\1$/;

/** What bitbake makes of a line: it cuts blanks at the end, joins a line that ends in a backslash, expands. */
function readByBitbake(line: string): string | undefined {
  const text = line.trimEnd();
  if (text.endsWith('\\') || /[\r\n]/.test(text)) return undefined;
  const value = BITBAKE.exec(text)?.[2];
  return value?.replaceAll(/\$\{@chr\((\d+)\)\}/g, (_, code: string) => String.fromCharCode(Number(code)));
}

function wordsOf(alphabet: readonly string[], length: number): readonly string[] {
  if (length === 0) return [''];
  const shorter = wordsOf(alphabet, length - 1);
  return [
    ...shorter,
    ...shorter
      .filter((word) => word.length === length - 1)
      .flatMap((word) => alphabet.map((letter) => word + letter)),
  ];
}

describe('quoteValue', () => {
  const values = wordsOf(['a', ' ', '"', "'", '\\', '\n', '\r', '#', '='], 4);

  it('survives the pattern of bitbake for every short mix of the characters that matter', () => {
    expect(values.length).toBeGreaterThan(7000);
    const wrong = values.filter((value) => readByBitbake(`A = ${quoteValue(value)}`) !== value);
    expect(wrong).toEqual([]);
  });

  it('is read back as one statement by the parser that looks for settings without effect', () => {
    const wrong = values.filter((value) => {
      const lines = parseConfLines(`A = ${quoteValue(value)}\nB = "next"\n`, 'auto.conf');
      return lines.length !== 2 || lines[1]?.line !== 2;
    });
    expect(wrong).toEqual([]);
  });
});
