import { readFileSync } from 'node:fs';
import { judgeSuite, type SuiteEnding, watchSuiteLog } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { followTapLines } from '../../packages/adapters/src/follow-tap-lines.ts';
import { parseLeviathanLog } from '../../packages/adapters/src/test-lab/parse-leviathan-log.ts';

const event = z.looseObject({
  who: z.string().optional(),
  socket: z.number().optional(),
  frame: z.looseObject({ type: z.string(), data: z.unknown() }).optional(),
});
const status = z.looseObject({ success: z.boolean() });

/** What the first listener of a recorded exchange with the real core was told. */
function recorded(name: string): { readonly lines: readonly string[]; readonly ending: SuiteEnding } {
  const text = readFileSync(new URL(`../fixtures/leviathan/${name}.jsonl`, import.meta.url), 'utf8');
  const frames = text
    .trim()
    .split('\n')
    .map((line) => event.parse(JSON.parse(line)))
    .flatMap(({ who, socket, frame }) =>
      who === 'core' && socket === 1 && frame !== undefined ? [frame] : [],
    );
  const last = frames.map(({ data }) => status.safeParse(data)).findLast((each) => each.success)?.data;
  return {
    lines: frames.flatMap(({ type, data }) => (type === 'log' ? String(data).split('\n') : [])),
    ending:
      last === undefined
        ? { kind: 'cut', because: 'the connection was cut' }
        : { kind: 'reported', success: last.success, exitCode: null },
  };
}

function judgeRecording(name: string) {
  const { lines, ending } = recorded(name);
  const watch = watchSuiteLog([], name);
  for (const line of lines) watch.onLine(line);
  const report = parseLeviathanLog(lines.join('\n'));
  const hits = watch.hits(report);
  return judgeSuite({ ending, report, hits, summary: null, summaryDefect: null });
}

describe('what the real core said', () => {
  it.each([
    ['passing', 'passed', 'passed', '2 passed'],
    ['failing', 'failed', 'failed-test', 'Failing suite > does not hold: one is two: wanted 2, got 1'],
    ['failing-on', 'failed', 'failed-test', '2 passed, 1 failed'],
    ['crashing', 'failed', 'failed-test', 'ends the process: test unfinished'],
    ['setup-throws', 'failed', 'failed-setup', 'the image could not be unpacked'],
    ['missing-test', 'failed', 'unresolved-test', "Cannot find module '/"],
    ['empty', 'nothing-tested', 'nothing-tested', 'it reported no test'],
    ['unstable', 'nothing-tested', 'nothing-tested', 'all 2 tests were skipped'],
    ['skipped', 'passed', 'passed', '2 passed, 3 skipped'],
    ['talkative', 'passed', 'passed', '1 passed'],
    ['cut-then-reconnect', 'infrastructure', 'connection-cut', 'the connection was cut'],
  ])('of suite "%s" is %s by %s', (name, verdict, rule, because) => {
    expect(judgeRecording(name)).toMatchObject({ verdict, rule, because: expect.stringContaining(because) });
  });

  it('names every test, also those that printed nothing, with the reason', () => {
    expect(judgeRecording('skipped').tests.map(({ name, outcome }) => `${outcome}: ${name}`)).toEqual([
      'passed: Suite with conditions > for every device',
      'passed: Suite with conditions > skips itself',
      'skipped: Suite with conditions > for another device',
      'skipped: Suite with conditions > left out',
      'skipped: Suite with conditions > group for another device > leaf of it',
    ]);
    expect(judgeRecording('failing').tests.at(-1)).toMatchObject({
      name: 'Failing suite > comes after',
      because: 'not reached: the suite bailed out',
    });
  });

  it('is warned of and not judged by talk that looks like a failure', () => {
    const { warnings } = judgeRecording('talkative');
    expect(warnings.join('\n')).toContain('not ok! a warning that decides nothing');
  });

  it('can be followed while it is said', () => {
    const follower = followTapLines();
    const seen = new Set<string | null>();
    for (const line of recorded('failing-on').lines) {
      if (follower.onLine(line)) seen.add(follower.progress().running);
    }
    expect(seen).toContain('Failing suite > does not hold');
    expect(follower.progress()).toEqual({ running: null, passed: 2, failed: 1, skipped: 0 });
  });
});
