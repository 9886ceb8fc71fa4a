import { expect, it } from 'vitest';
import { NO_PAINT } from '../text/paint.ts';
import { createBuildView } from './build-view.ts';

const ROOM = { columns: 80, freeRows: 10 };

it('hears of lines that come at once what it hears of them one by one', () => {
  const lines = [
    'NOTE: a',
    '\u001b[33mWARNING: b\u001b[0m',
    '',
    '[000000012][ERROR]c',
    'FATAL: d',
    'no ERROR: e',
  ];
  const [one, all] = [createBuildView(NO_PAINT), createBuildView(NO_PAINT)];
  for (const line of lines) one.hear(line);
  all.hearLines(`${lines.join('\n')}\n`);
  expect(all.listLines(ROOM)).toEqual(one.listLines(ROOM));
  expect(all.listLines(ROOM)).toEqual(['WARNING: b', '[000000012][ERROR]c', 'FATAL: d']);
});
