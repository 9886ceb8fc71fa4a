import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OsrelError } from '../errors/osrel-error.ts';
import { digestOfHex } from './digest.ts';
import { parseSha256Sums, renderSha256Sums } from './sha256-sums.ts';

const a = 'a'.repeat(64);
const b = 'b'.repeat(64);

describe('SHA256SUMS', () => {
  it('lists files by name, as sha256sum reads them', () => {
    const files = [
      { name: 'b/c.json', digest: digestOfHex(b) },
      { name: 'VERSION', digest: digestOfHex(a) },
    ];
    expect(renderSha256Sums(files)).toBe(`${a}  VERSION\n${b}  b/c.json\n`);
  });

  it('reads what it writes', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9 ]{0,8}[a-z]$/), { maxLength: 8 });
    fc.assert(
      fc.property(names, (list) => {
        const files = list.map((name) => ({ name, digest: digestOfHex(a) }));
        const read = parseSha256Sums(renderSha256Sums(files));
        expect(read).toEqual(files.toSorted((x, y) => (x.name < y.name ? -1 : 1)));
      }),
    );
  });

  it('reads the binary marker, blank lines, Windows line ends and a missing last newline', () => {
    expect(parseSha256Sums(`${a} *x\r\n\r\n${b}  y`).map((sum) => sum.name)).toEqual(['x', 'y']);
  });

  it('refuses to write a name that is no safe path', () => {
    expect(() => renderSha256Sums([{ name: 'a\nb', digest: digestOfHex(a) }])).toThrow(/control character/);
  });

  it('reports every wrong line with its number', () => {
    const text = [`${a}  ok`, 'nonsense', `${a}  ../x`, `${b}  ok`, `${a.toUpperCase()}  z`].join('\n');
    try {
      parseSha256Sums(text, 'deploy/SHA256SUMS');
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof OsrelError)) throw error;
      expect(error.problems.map((problem) => problem.at)).toEqual([
        'deploy/SHA256SUMS:2',
        'deploy/SHA256SUMS:3',
        'deploy/SHA256SUMS:4',
        'deploy/SHA256SUMS:5',
      ]);
      expect(error.problems[2]?.message).toContain('twice');
    }
  });
});
