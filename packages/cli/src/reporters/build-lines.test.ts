import { describe, expect, it } from 'vitest';
import { samplePlan, sampleStep } from '../testing/sample-run.ts';
import { createBuildLines, isComplaint, isErrorLine } from './build-lines.ts';

const PLAN = samplePlan({
  steps: [
    sampleStep('build-hostapp', 'build', { kind: 'build-service' }),
    sampleStep('run-suite.os', 'test', { kind: 'run-suite' }),
  ],
});

function linesOf(
  amount: 'telling' | 'all',
  printed: readonly string[],
  step = 'build-hostapp',
): readonly string[] {
  const lines = createBuildLines(amount);
  lines.begin(PLAN);
  return [...printed.flatMap((line) => lines.take(step, line)), ...lines.end(step)];
}

const ROUTINE = [
  'Loading cache...done.',
  'Loaded 0 entries from dependency cache.',
  'Parsing recipes...done.',
  'Parsing recipes:  42% |###   | ETA: 0:00:01',
  'Initialising tasks: 100% |#####| Time: 0:00:00',
  'Initialising tasks...done.',
  'Checking sstate mirror object availability...done.',
  'NOTE: Resolving any missing task queue dependencies',
  'NOTE: No setscene tasks',
  'NOTE: Executing Tasks',
  'NOTE: Running setscene task 3 of 90 (/layers/poky/meta/recipes-core/x.bb:do_populate_sysroot_setscene)',
  'NOTE: Running noexec task 5 of 28 (/x.bb:do_build)',
  'NOTE: Running task 6 of 28 (/x.bb:do_compile)',
  'NOTE: recipe x-1.0-r0: task do_compile: Started',
  'NOTE: recipe x-1.0-r0: task do_compile: Succeeded',
  'Currently  2 running tasks (6 of 28)  21% |##   |',
  '',
];

const TELLING = [
  'WARNING: linux-6.6-r0 do_compile: odd',
  'ERROR: x-1.0-r0 do_compile: oe_runmake failed',
  'NOTE: recipe x-1.0-r0: task do_compile: Failed',
  "NOTE: Tasks Summary: Attempted 17 tasks of which 0 didn't need to be rerun and 2 failed.",
  'Sstate summary: Wanted 90 Local 40 Mirrors 0 Missed 50 Current 0 (44% match, 44% complete)',
  'MACHINE              = "raspberrypi4-64"',
  'Summary: There was 1 WARNING message.',
  '[000000012][LOG]Build for raspberrypi4-64 suceeded.',
];

describe('the console of a build in a log of lines', () => {
  it('leaves out what is said of every task and keeps what is telling', () => {
    expect(linesOf('telling', [...ROUTINE, ...TELLING])).toEqual(TELLING);
  });

  it('says of lines that come at once what it says of them one by one', () => {
    const quotes = ['| \u001b[31mfirst\u001b[0m', '|', '\u001b[1m| last'];
    const coloured = [
      'NOTE: recipe x-1.0-r0: task do_compile: Failed\u001b[0m',
      '\u001b[0mNOTE: No setscene tasks',
    ];
    const printed = [...ROUTINE, ...quotes, ...TELLING, ...coloured];
    const lines = createBuildLines('telling');
    lines.begin(PLAN);
    const shown = lines.takeLines('build-hostapp', `${printed.join('\n')}\n`);
    expect(shown).toEqual(linesOf('telling', printed));
    expect(shown).toEqual([
      '| first',
      '|',
      '| last',
      ...TELLING,
      'NOTE: recipe x-1.0-r0: task do_compile: Failed',
    ]);
  });

  it('is complete when everything is asked for', () => {
    expect(linesOf('all', [...ROUTINE, ...TELLING])).toEqual([...ROUTINE, ...TELLING]);
  });

  it('leaves other steps alone', () => {
    expect(linesOf('telling', ['NOTE: Running task 1', '| x', ''], 'run-suite.os')).toEqual([
      'NOTE: Running task 1',
      '| x',
      '',
    ]);
  });

  it('shows the end of a log that the build quotes, and where the rest is', () => {
    const quoted = Array.from({ length: 1000 }, (_, index) => `| line ${index}`);
    const shown = linesOf('telling', ['ERROR: it failed', 'Log data follows:', ...quoted, 'NOTE: after']);
    expect(shown.slice(0, 4)).toEqual([
      'ERROR: it failed',
      'Log data follows:',
      '(970 lines more are in the kept log: osrel logs last build-hostapp)',
      '| line 970',
    ]);
    expect(shown.slice(-2)).toEqual(['| line 999', 'NOTE: after']);
  });

  it('shows a short quotation whole, also at the very end', () => {
    expect(linesOf('telling', ['| one', '|', '| two'])).toEqual(['| one', '|', '| two']);
  });

  it('holds no control characters', () => {
    expect(linesOf('telling', ['\u001b[31mERROR: \u001b[0mred\r'])).toEqual(['ERROR: red']);
  });
});

describe('complaints', () => {
  it('are errors and warnings of bitbake and of barys', () => {
    expect(
      ['ERROR: x', 'WARNING: x', 'FATAL: x', '[000000001][ERROR]x', '[000000001][WARNING]x'].map(isComplaint),
    ).toEqual([true, true, true, true, true]);
    expect(['NOTE: ERROR: x', 'ERRORS', '  ERROR: x', '[000000001][LOG]ERROR'].map(isComplaint)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  it('tell errors from warnings', () => {
    expect(['ERROR: x', '[000000001][ERROR]x', 'WARNING: x'].map(isErrorLine)).toEqual([true, true, false]);
  });
});
