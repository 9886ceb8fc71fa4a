import type { SuiteChild, SuiteScript } from './suite-child.ts';

/** What a leaf of a scripted suite comes to. */
export interface ScriptedTest {
  readonly title: string;
  /** `failed` ends the suite, as with failFast; `failed-on` does not. */
  readonly result: 'passed' | 'failed' | 'failed-on' | 'todo' | 'unreached';
}

/** A suite with one passing test. */
export const passingSuite = (): SuiteScript =>
  tapSuite('Scripted suite', [{ title: 'holds', result: 'passed' }]);

/** Prints the TAP of a real core, writes its summary and exits as the real child would. */
export function tapSuite(title: string, tests: readonly ScriptedTest[]): SuiteScript {
  return (child) => {
    printQueue(child, title, tests);
    child.print(`TAP version 13\n# Subtest: ${title}\n`);
    const failed = tests.filter(({ result }) => result === 'failed' || result === 'failed-on').length;
    for (const [index, test] of reached(tests).entries()) printTest(child, index + 1, test);
    const bailed = tests.find(({ result }) => result === 'failed');
    if (bailed === undefined) {
      child.print(
        `    1..${tests.length}\n${failed > 0 ? `    # failed ${failed} of ${tests.length} tests\n` : ''}`,
      );
      child.print(`${failed > 0 ? 'not ok' : 'ok'} 1 - ${title} # time=12.3ms\n\n1..1\n# time=20ms\n`);
    } else {
      child.print(`    Bail out! ${bailed.title}\nBail out! ${bailed.title}\n`);
    }
    child.send({ type: 'log', data: 'Test suite completed. Tearing down now.' });
    child.report('test-summary.json', summaryOf(title, tests));
    child.send({ type: 'log', data: 'Teardown complete.' });
    return failed > 0 ? 1 : 0;
  };
}

/** Says that it runs and then nothing until it is stopped. */
export const hangingSuite =
  (title = 'Hanging suite'): SuiteScript =>
  async (child) => {
    child.print(`TAP version 13\n# Subtest: ${title}\n    # Subtest: hangs\n`);
    await child.stopped;
    child.print('');
    return 0;
  };

/** Waits for `gate` in the midst of a passing suite. */
export const gatedSuite =
  (gate: Promise<void>): SuiteScript =>
  async (child) => {
    child.print('TAP version 13\n# Subtest: Gated suite\n    # Subtest: waits\n');
    await Promise.race([gate, child.stopped]);
    child.print('        ok 1 - it holds\n        1..1\n    ok 1 - waits # time=1ms\n    1..1\n');
    child.print('ok 1 - Gated suite # time=2ms\n1..1\n');
    child.report('test-summary.json', summaryOf('Gated suite', [{ title: 'waits', result: 'passed' }]));
    return 0;
  };

/** Splits output at any byte, as a pipe does. */
export function printSplit(child: SuiteChild, output: string | Uint8Array, bytes: number): void {
  const whole = Buffer.from(output);
  for (let start = 0; start < whole.length; start += bytes) child.print(whole.subarray(start, start + bytes));
}

/** The JSON summary that the core writes for such tests. */
export function summaryOf(title: string, tests: readonly ScriptedTest[]): string {
  const ran = reached(tests).filter(({ result }) => result !== 'todo');
  const passed = ran.filter(({ result }) => result === 'passed').length;
  const stateOf = ({ result }: ScriptedTest) =>
    result === 'passed' ? 'passed' : result === 'todo' || result === 'unreached' ? 'skipped' : 'failed';
  return JSON.stringify(
    {
      suite: title,
      stats: {
        tests: tests.length,
        ran: ran.length,
        skipped: tests.length - ran.length,
        passed,
        failed: ran.length - passed,
      },
      tests: Object.fromEntries(tests.map((test) => [test.title, stateOf(test)])),
      dateTime: 'Sat Jan 03 2026 04:05:06 GMT+0000 (Coordinated Universal Time)',
    },
    null,
    4,
  );
}

/** Tests up to the one that ended the suite. */
function reached(tests: readonly ScriptedTest[]): readonly ScriptedTest[] {
  const last = tests.findIndex(({ result }) => result === 'failed');
  return (last === -1 ? tests : tests.slice(0, last + 1)).filter(({ result }) => result !== 'unreached');
}

function printQueue(child: SuiteChild, title: string, tests: readonly ScriptedTest[]): void {
  const log = (data: string) => child.send({ type: 'log', data });
  log('Install npm dependencies for suite: ');
  log('Run queue summary:');
  log(` ${title}`);
  for (const test of tests) log(`\t ${test.title}`);
}

function printTest(child: SuiteChild, number: number, { title, result }: ScriptedTest): void {
  if (result === 'todo') {
    child.print(`    ok ${number} - ${title} # TODO\n\n`);
    return;
  }
  child.print(`    # Subtest: ${title}\n`);
  if (result === 'passed') {
    child.print(`        ok 1 - it holds\n        1..1\n    ok ${number} - ${title} # time=1.5ms\n\n`);
    return;
  }
  child.print(
    '        not ok 1 - it does not hold\n          ---\n          found: 1\n          wanted: 2\n',
  );
  child.print('          ...\n        \n');
  child.print(
    result === 'failed'
      ? '        Bail out! it does not hold\n'
      : `        1..1\n        # failed 1 test\n    not ok ${number} - ${title} # time=1.5ms\n\n`,
  );
}
