import { parseCommandLine } from '../../packages/cli/src/program.ts';
import type { ErrorPlace } from './scan-errors.ts';

/** One command line for every way to be unusable. */
const UNUSABLE: readonly (readonly string[])[] = [
  ['plant'],
  ['plan', '--colour'],
  ['plan', '--machine'],
  ['verify'],
  ['plan', 'one', 'two'],
  ['plan', '--stage', 'everything'],
];

/** Codes that the parser of the command line gives, asked from the parser itself. */
export function listParserCodes(): readonly ErrorPlace[] {
  return UNUSABLE.flatMap((words) => {
    const line = parseCommandLine(words, '0.0.0');
    if (line.kind !== 'unusable') throw new Error(`osrel ${words.join(' ')} was expected to be unusable`);
    return { code: line.code, kind: 'usage', message: line.message, path: 'packages/cli/src/program.ts' };
  });
}
