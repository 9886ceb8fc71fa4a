import type { TestRecord } from '@osrel/core';
import { formatDuration } from './duration.ts';
import type { Paint } from './paint.ts';
import { renderTable } from './table.ts';

/** Each outcome has its own sign, so that it can be told without colour. */
const SIGNS: Readonly<Record<string, { readonly sign: string; readonly brush: keyof Paint }>> = {
  passed: { sign: '✓', brush: 'good' },
  failed: { sign: '✗', brush: 'bad' },
  waived: { sign: 'w', brush: 'warn' },
  skipped: { sign: '-', brush: 'faint' },
  'nothing-tested': { sign: '0', brush: 'bad' },
  unsupported: { sign: 'u', brush: 'faint' },
  'rig-failure': { sign: 'r', brush: 'warn' },
  infrastructure: { sign: 'i', brush: 'warn' },
};

const LEGEND =
  'latest first: ✓ passed, ✗ failed, w waived, - skipped, 0 nothing tested, u unsupported, r rig failure, i infrastructure';

/** How many of the latest outcomes fit a line. */
const SHOWN = 10;
const LONGEST_NAME = 72;

/** The history of tests as a table, and what its signs mean. A suite as a whole stands in parentheses. */
export function renderTests(records: readonly TestRecord[], paint: Paint): string {
  const table = renderTable(
    [
      { title: 'DEVICE TYPE' },
      { title: 'TEST' },
      { title: 'RUNS', align: 'right' },
      { title: 'FAILED', align: 'right' },
      { title: 'RETRIED', align: 'right' },
      { title: 'WAIVED', align: 'right' },
      { title: 'MEDIAN', align: 'right' },
      { title: 'LAST FAILED' },
      { title: 'LATEST' },
    ],
    records.map((record) => rowOf(record, paint)),
  );
  return `${table}\n${paint.faint(LEGEND)}\n`;
}

function rowOf(record: TestRecord, paint: Paint): readonly string[] {
  const { slug, suite, test, runs, failed, retried, waived, medianMs, lastFailedAt, latest } = record;
  const share = failed === 0 ? '0' : paint.bad(`${failed} (${Math.round((100 * failed) / runs)}%)`);
  return [
    slug,
    test === null ? paint.strong(`(${suite})`) : shorten(`${suite}: ${test}`),
    String(runs),
    share,
    test === null ? String(retried) : '',
    String(waived),
    medianMs === null ? '' : formatDuration(medianMs),
    lastFailedAt === null ? '' : lastFailedAt.slice(0, 10),
    latest
      .slice(0, SHOWN)
      .map((word) => signOf(word, paint))
      .join(''),
  ];
}

function signOf(word: string, paint: Paint): string {
  const known = SIGNS[word];
  return known === undefined ? '?' : paint[known.brush](known.sign);
}

/** The end of a name tells more than its beginning, which is the suite's title. */
function shorten(name: string): string {
  const letters = [...name];
  if (letters.length <= LONGEST_NAME) return name;
  return `${letters.slice(0, 20).join('')}…${letters.slice(-(LONGEST_NAME - 21)).join('')}`;
}
