import { describe, expect, it } from 'vitest';
import { parseLeviathanLog } from './parse-leviathan-log.ts';
import { parseTap } from './parse-tap.ts';

const QUEUE = `Run queue summary:
 OS
\t boots
\t network
\t\t wired on \${options.board}
\t\t wireless
`;

const PASSING = `${QUEUE}TAP version 13
# Subtest: OS
    # Subtest: boots
        ok 1 - kernel is there
        # a comment
        1..1
    ok 1 - boots # time=1.5ms
    
    # Subtest: network
        # Subtest: wired on pi5
            ok 1 - has a link
            1..1
        ok 1 - wired on pi5 # time=2s
        
        # Subtest: wireless
            not ok 1 - has a link
              ---
              found:
                !error
                name: Error
                message: Could not resolve abc.local
              ...
            
            1..1
            # failed 1 test
        not ok 2 - wireless # time=3ms
        
        1..2
    not ok 2 - network # time=4ms
    
    1..2
not ok 1 - OS # time=9ms

Test suite completed. Tearing down now.
1..1
`;

const GREEN = PASSING.replaceAll('not ok', 'ok').replace(/ +---[\s\S]*?\.\.\.\n/, '');
const told = (text: string) =>
  parseLeviathanLog(text).tests.map(({ name, outcome }) => `${outcome} ${name.replace(/^OS > /, '')}`);

const GREEN_TESTS = ['passed boots', 'passed network > wired on pi5', 'passed network > wireless'];

describe('parseLeviathanLog', () => {
  it('names leaves by their groups, with durations and the message of the first failed assertion', () => {
    const { tests, defect } = parseLeviathanLog(PASSING);
    expect(defect).toBeNull();
    expect(tests).toEqual([
      { name: 'OS > boots', outcome: 'passed', because: null, durationMs: 2 },
      { name: 'OS > network > wired on pi5', outcome: 'passed', because: null, durationMs: 2000 },
      {
        name: 'OS > network > wireless',
        outcome: 'failed',
        because: 'has a link: Could not resolve abc.local',
        durationMs: 3,
      },
    ]);
  });

  it('is what parseTap does with such a log', () => {
    expect(parseTap(PASSING)).toEqual(parseLeviathanLog(PASSING));
    expect(parseTap('ok 1 - a\n1..1\n').tests).toHaveLength(1);
  });

  it('reads through noise between all lines and in front of the ends of tests', () => {
    const noise = [
      '[  0.1] kernel',
      '   ok, going on',
      '      indented',
      '# talk',
      '100%',
      '---',
      '...',
      '{"a":1}',
    ];
    const noisy = GREEN.split('\n').flatMap((line, index) =>
      line.startsWith('\t') || line === ' OS' || line.startsWith('Run queue')
        ? [line]
        : [line, noise[index % noise.length] ?? ''],
    );
    expect(told(noisy.join('\n'))).toEqual(GREEN_TESTS);
    expect(told(GREEN.replace('    ok 1 - boots', 'Flashing: 100%    ok 1 - boots'))).toEqual(GREEN_TESTS);
    expect(told(GREEN.replaceAll('\n', '\r\n'))).toEqual(GREEN_TESTS);
  });

  it('keeps its verdict wherever the end of a chunk cuts the log', () => {
    const start = GREEN.indexOf('TAP version');
    for (let at = start; at < GREEN.length; at += 1) {
      const cut = `${GREEN.slice(0, at).trimEnd()}\n${GREEN.slice(at)}`;
      const { tests, bailOut } = parseLeviathanLog(cut);
      expect(
        [tests.filter((test) => test.outcome === 'failed'), bailOut],
        JSON.stringify(cut.slice(at - 20, at + 20)),
      ).toEqual([[], null]);
    }
    for (let at = start; at < PASSING.length; at += 1) {
      const cut = `${PASSING.slice(0, at).trimEnd()}\n${PASSING.slice(at)}`;
      const { tests, defect } = parseLeviathanLog(cut);
      const isRed = defect !== null || tests.some((test) => test.outcome === 'failed');
      expect(isRed, JSON.stringify(cut.slice(at - 20, at + 20))).toBe(true);
    }
  });

  it('has a defect wherever the log breaks off before its end', () => {
    const end = GREEN.lastIndexOf('1..1');
    for (let at = GREEN.indexOf('# Subtest: OS') + 13; at <= end; at += 1) {
      expect(parseLeviathanLog(GREEN.slice(0, at)).defect, String(at)).not.toBeNull();
    }
    expect(parseLeviathanLog(GREEN.slice(0, end + 4)).defect).toBeNull();
    expect(parseLeviathanLog('').defect).toBeNull();
  });

  it('knows a bail-out, who bailed out, and what was not reached', () => {
    const text = `${QUEUE}TAP version 13
# Subtest: OS
    # Subtest: boots
        not ok 1 - kernel is there
        
        Bail out! kernel is there
Bail out! kernel is there
`;
    expect(parseLeviathanLog(text)).toMatchObject({ bailOut: 'kernel is there', tests: { length: 3 } });
    expect(told(text)[0]).toBe('failed boots');
    expect(told(text.replace('        not ok 1 - kernel is there\n', ''))[0]).toBe('failed boots');
    expect(parseLeviathanLog(text).tests[2]?.because).toBe('not reached: the suite bailed out');
  });

  it('counts a test that asserted nothing, or only skipped, as skipped', () => {
    const body = (lines: string) =>
      GREEN.replace('        ok 1 - kernel is there\n        # a comment\n', lines);
    expect(parseLeviathanLog(body('        # Skipping: no kernel\n')).tests[0]).toMatchObject({
      outcome: 'skipped',
      because: 'Skipping: no kernel',
    });
    expect(parseLeviathanLog(body('')).tests[0]?.because).toBe('it ended without a single assertion');
    const skipped = parseLeviathanLog(body('        ok 1 - kernel # SKIP\n'));
    expect(skipped.tests[0]?.because).toBe('skip: kernel');
  });

  it('skips every leaf of a group that is listed as unstable', () => {
    const text = `${QUEUE}TAP version 13
# Subtest: OS
    ok 1 - boots # TODO
    ok 2 - network # TODO
    1..2
    # todo: 2
ok 1 - OS # time=7.8ms

1..1
`;
    expect(told(text)).toEqual([
      'skipped boots',
      `skipped network > wired on \${options.board}`,
      'skipped network > wireless',
    ]);
  });

  it('reads a large log in a moment and keeps little of it', () => {
    const noise = 'x'.repeat(200).concat('\n').repeat(50_000);
    expect(told(GREEN.replace('        # a comment\n', noise))).toEqual(GREEN_TESTS);
  });
});
