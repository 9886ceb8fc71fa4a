import { createTestHistory } from '../../packages/adapters/src/sqlite/create-test-history.ts';
import { suiteReport } from '../fakes/suite-report.ts';

/** Keeps as many reports as asked for, one after the other: `node test-history-writer.ts <path> <name> <count>`. */
const [path = '', name = '', count = '0'] = process.argv.slice(2);
const history = createTestHistory({
  path,
  tell: (line) => {
    throw new Error(line);
  },
  now: () => '2026-07-01T12:00:00.000Z',
});
for (let index = 0; index < Number(count); index += 1) {
  await history.record(suiteReport({ version: `${name}.${index}` }));
}
