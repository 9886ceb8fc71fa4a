import { describe, expect, it } from 'vitest';
import { colourLevel, createPaint } from './paint.ts';

describe('the colour level', () => {
  it.each([
    ['a terminal', {}, true, 1],
    ['a pipe', {}, false, 0],
    ['NO_COLOR on a terminal', { NO_COLOR: '1' }, true, 0],
    ['an empty NO_COLOR', { NO_COLOR: '' }, true, 1],
    ['NO_COLOR over FORCE_COLOR', { NO_COLOR: '1', FORCE_COLOR: '1' }, true, 0],
    ['FORCE_COLOR into a pipe', { FORCE_COLOR: '1' }, false, 1],
    ['FORCE_COLOR=0 on a terminal', { FORCE_COLOR: '0' }, true, 0],
    ['TERM=dumb', { TERM: 'dumb' }, true, 0],
    ['the log of GitHub Actions', { GITHUB_ACTIONS: 'true' }, false, 1],
    ['another CI', { CI: 'true' }, false, 0],
  ] as const)('of %s', (_name, environment, isTerminal, level) => {
    expect(colourLevel({ environment, isTerminal })).toBe(level);
  });

  it('0 leaves text alone', () => {
    expect(createPaint(0).bad('text')).toBe('text');
    expect(createPaint(1).bad('text')).toBe('\u001b[31mtext\u001b[39m');
  });
});
