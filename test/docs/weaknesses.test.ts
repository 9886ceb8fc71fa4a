import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, readProseFile } from './checkout-files.ts';

const NUMBERS = Array.from({ length: 45 }, (_, index) => `W${index + 1}`);

/** Where tests are, from the root; suites that several tests call have no `.test.ts`. */
const TESTS = [/^test\/.*\.ts$/, /^packages\/[a-z]+\/src\/.*\.test\.ts$/];

/** The numbers at the end of a test's name: `'... (W17, W18)'`. */
const NUMBERED_NAME = /\((W\d+(?:, W\d+)*)\)['"`]/g;

/** Test files that have a weakness in the name of a test, by its number. */
function listTestsOf(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const files = ['test', 'packages'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  );
  for (const path of files) {
    if (path.includes('node_modules') || !TESTS.some((each) => each.test(path))) continue;
    for (const match of readFileSync(join(ROOT, path), 'utf8').matchAll(NUMBERED_NAME))
      for (const number of match[1]?.split(', ') ?? [])
        found.set(number, [...(found.get(number) ?? []), path]);
  }
  return found;
}

/** The rows of the table of weaknesses: number, state, and the rest of the line. */
function readRows() {
  const { text } = readProseFile('docs/systems/balena-os.md');
  return [...text.matchAll(/^\| (W\d+) \| [^|]+ \| ([a-z ]+) \| ([^|]+) \| ([^|]+) \|$/gm)].map(
    ([, number = '', state = '', how = '', where = '']) => ({ number, state, how, where }),
  );
}

describe('the weaknesses of the old workflow', () => {
  const tests = listTestsOf();
  const rows = readRows();

  it('are all in the table, in order', () => {
    expect(rows.map(({ number }) => number)).toEqual(NUMBERS);
  });

  it.each(NUMBERS)('%s is in the name of a test that the table points to, or does not apply', (number) => {
    const row = rows.find((each) => each.number === number);
    if (row?.state === 'not applicable') {
      expect(row.how.length).toBeGreaterThan(20);
      return;
    }
    const named = [...(row?.where.matchAll(/`([^`]+)`/g) ?? [])].map((match) => match[1] ?? '');
    const holding = tests.get(number) ?? [];
    expect(holding.length, `no test has (${number}) in its name`).toBeGreaterThan(0);
    expect(named.length).toBeGreaterThan(0);
    // A path may stand for a folder.
    expect(named.filter((path) => !holding.some((file) => file.startsWith(path)))).toEqual([]);
  });

  it('have no number that is not one of them', () => {
    expect([...tests.keys()].filter((number) => !NUMBERS.includes(number))).toEqual([]);
  });
});
