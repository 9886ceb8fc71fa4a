import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listSources } from '../architecture/source-files.ts';
import { readProseFile } from './checkout-files.ts';

/** Words of the column "never" that mean nothing else in code; the others have a second, honest meaning. */
const CHECKED = [
  'activate',
  'addon',
  'agent',
  'board',
  'distro',
  'job',
  'jobs',
  'lts',
  'manager',
  'phase',
  'plugin',
  'project',
  'upgrade',
];

/** Names that a library asks for. */
const FOREIGN = ['httpAgent', 'httpsAgent'];

/** Docker compose calls its group of containers a project, and so does whoever drives it. */
const isComposeProject = (word: string, path: string): boolean =>
  word === 'project' && /\/(leviathan\/|wire-leviathan\.ts$)/.test(path);

/** `bootBoard` -> boot, board. Constants in capitals are foreign names: `BOARD_SHUTDOWN` of the device-type format. */
function wordsOf(identifier: string): readonly string[] {
  if (/^[A-Z0-9_]+$/.test(identifier) || FOREIGN.includes(identifier)) return [];
  return (identifier.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g) ?? []).map((word) => word.toLowerCase());
}

describe('the glossary', () => {
  const { text } = readProseFile('docs/glossary.md');

  it.each(CHECKED)('names %s as a word we do not use', (word) => {
    const never = text
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) => line.split('|').at(-2) ?? '')
      .join(' ')
      .toLowerCase();
    expect(never).toMatch(new RegExp(`\\b${word.replace(/^jobs$/, 'job')}s?\\b`));
  });

  it('is kept by the names in the sources', () => {
    const found = listSources('packages')
      .filter((source) => !source.isTest)
      .flatMap((source) => {
        const names = source.code.replaceAll(/`(?:[^`\\]|\\.)*`/g, '``');
        const inCode = (names.match(/[A-Za-z_$][\w$]*/g) ?? []).flatMap(wordsOf);
        const inName = basename(source.path, '.ts').split('-');
        const used = new Set([...inCode, ...inName]);
        return CHECKED.filter((word) => used.has(word) && !isComposeProject(word, source.path)).map(
          (word) => `${word} in ${source.path}`,
        );
      });
    expect(found).toEqual([]);
  });
});
