import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { quoteCall, quoteWord } from './shell-words.ts';

const NASTY = [
  '',
  'plain',
  'a b',
  "it's",
  '"double"',
  '$HOME `id` $(id)',
  'back\\slash',
  '*?[a-z]',
  '~/x',
  '# no comment',
  '!history',
  'a;b|c&d>e<f',
  'line\nbreak',
  'tab\there',
  '\u001b[31mred\u001b[0m',
  "both ' and \\ and \n",
  'größe 日本',
  '-a',
  'NAME=a b',
];

describe('quoted words', () => {
  it('are the same words again to a shell', () => {
    const script = `printf '%s\\0' ${NASTY.map(quoteWord).join(' ')}`;
    const { stdout } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
    expect(stdout.split('\0').slice(0, -1)).toEqual(NASTY);
  });

  it('leave plain words alone and hold no control character', () => {
    expect(quoteWord('BB_NUMBER_THREADS=4')).toBe('BB_NUMBER_THREADS=4');
    expect(quoteWord('/opt/x/barys')).toBe('/opt/x/barys');
    for (const word of NASTY) expect(quoteWord(word)).not.toMatch(/\p{Cc}/u);
  });
});

it('a call whose program holds an equals sign is no assignment', () => {
  expect(quoteCall('a=b', ['-a', 'X=y z'])).toBe("'a=b' -a 'X=y z'");
});
