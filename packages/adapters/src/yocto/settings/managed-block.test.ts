import { describe, expect, it } from 'vitest';
import { splitAtBlock, withManagedBlock } from './managed-block.ts';

const BLOCK = `# osrel: begin
# written by osrel for each build; change osrel.yml instead
A = "1"
# osrel: end
`;

describe('withManagedBlock', () => {
  it('begins a new file', () => {
    expect(withManagedBlock('', 'A = "1"')).toBe(BLOCK);
  });

  it('comes after the lines of the user, so that it wins over them', () => {
    expect(withManagedBlock('MINE = "x"\n', 'A = "1"')).toBe(`MINE = "x"\n${BLOCK}`);
  });

  it('ends a last line that has no line end', () => {
    expect(withManagedBlock('MINE = "x"', 'A = "1"')).toBe(`MINE = "x"\n${BLOCK}`);
  });

  it('replaces its block and keeps everything around it', () => {
    const text = `MINE = "x"\n\n${BLOCK}\n  # odd\tline\nYOURS = "y"`;
    expect(withManagedBlock(text, 'A = "1"')).toBe(text);
    expect(withManagedBlock(text, 'B = "2"')).toBe(text.replace('A = "1"', 'B = "2"'));
  });

  it('does not grow when it is written again and again', () => {
    const once = withManagedBlock('MINE = "x"\n', 'A = "1"');
    expect(withManagedBlock(withManagedBlock(once, 'B = "2"'), 'A = "1"')).toBe(once);
  });

  it('removes the block when there is nothing to say', () => {
    expect(withManagedBlock(`MINE = "x"\n${BLOCK}AFTER = "y"\n`, '')).toBe('MINE = "x"\nAFTER = "y"\n');
  });

  it('heals a block that was cut short', () => {
    expect(withManagedBlock('MINE = "x"\n# osrel: begin\nA = "0"\nB =', 'A = "1"')).toBe(
      `MINE = "x"\n${BLOCK}`,
    );
  });

  it('does not take a line for its marker that only contains it', () => {
    const text = '## osrel: begin\n# osrel: beginning\n';
    expect(withManagedBlock(text, 'A = "1"')).toBe(text + BLOCK);
  });
});

describe('splitAtBlock', () => {
  it('gives the lines of the user on both sides', () => {
    expect(splitAtBlock(`M = "1"\n${BLOCK}N = "2"\n`)).toEqual({ before: 'M = "1"\n', after: 'N = "2"\n' });
  });
});
