import { describe, expect, it } from 'vitest';
import { clipLine, plainLine, wrapText } from './wrap.ts';

describe('wrapping', () => {
  it('breaks at spaces and indents what follows', () => {
    expect(wrapText('one two three four', 9, '  ')).toBe('one two\n  three\n  four');
  });

  it('keeps a long word and earlier line ends', () => {
    expect(wrapText('a verylongwordindeed b\nnext', 8)).toBe('a\nverylongwordindeed\nb\nnext');
  });
});

describe('clipping', () => {
  it('keeps a line of 8 KiB as it is', () => {
    const line = 'x'.repeat(8192);
    expect(clipLine(line)).toBe(line);
  });

  it('cuts a longer one to at most 8 KiB and says how long it was', () => {
    const clipped = clipLine('é'.repeat(9000));
    expect(Buffer.byteLength(clipped)).toBeLessThanOrEqual(8192);
    expect(clipped).toMatch(/é … \(18000 bytes, cut\)$/);
  });

  it('never leaves half a character behind', () => {
    for (const limit of [40, 41, 42, 43]) expect(clipLine('😀'.repeat(100), limit)).not.toContain('\uFFFD');
  });
});

describe('plain lines', () => {
  it('lose colours, cursor moves, carriage returns and links', () => {
    expect(
      plainLine('\u001b[31mred\u001b[0m\u001b[2K\u001b]8;;http://x\u0007link\u001b]8;;\u0007\r\tend\u0000'),
    ).toBe('redlink  end');
  });

  it('keep letters of other scripts', () => {
    expect(plainLine('größe 日本 ✓')).toBe('größe 日本 ✓');
  });
});
