import { describe, expect, it } from 'vitest';
import { beginBuild, logEvent } from '../testing/sample-build.ts';
import { failingRun } from '../testing/sample-run.ts';
import { createBuildComplaints } from './build-complaints.ts';

function complaintsOf(lines: readonly string[]): readonly string[] {
  const complaints = createBuildComplaints();
  for (const event of [...beginBuild(), ...lines.map((line) => logEvent(1, line))]) complaints.see(event);
  return complaints.list().map(({ text }) => text);
}

describe('what a build complains of', () => {
  it('is each error once, in order, without those that say nothing of their own', () => {
    expect(
      complaintsOf([
        'ERROR: a-1.0-r0 do_fetch: cannot fetch',
        'ERROR: Logfile of failure stored in: /x/log.do_fetch.1',
        "ERROR: Task (/x/a.bb:do_fetch) failed with exit code '1'",
        'WARNING: only this',
        'ERROR: a-1.0-r0 do_fetch: cannot fetch',
        "ERROR: Nothing PROVIDES 'b'",
      ]),
    ).toEqual(['ERROR: a-1.0-r0 do_fetch: cannot fetch', "ERROR: Nothing PROVIDES 'b'"]);
  });

  it('is the same when lines come at once, with colours around their words too', () => {
    const complaints = createBuildComplaints();
    for (const event of beginBuild()) complaints.see(event);
    const stamp = { at: '2026-01-01T00:00:00.000Z', runId: 'run-1', stepId: 'build-hostapp' };
    for (const text of ['NOTE: a\nWARNING: b\n', '\u001b[31mERROR: c\u001b[0m\nERROR: c\nFATAL: d\n'])
      complaints.seeLines({ ...stamp, text });
    expect(complaints.list().map(({ text }) => text)).toEqual(['ERROR: c', 'FATAL: d']);
  });

  it('stays few and short', () => {
    const kept = complaintsOf(
      Array.from({ length: 500 }, (_, index) => `ERROR: ${index} ${'x'.repeat(5000)}`),
    );
    expect(kept).toHaveLength(8);
    for (const text of kept) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1000);
  });

  it('is nothing of steps that are no build', () => {
    const complaints = createBuildComplaints();
    for (const event of failingRun()) complaints.see(event);
    complaints.see(logEvent(2, 'ERROR: of a step of another kind'));
    expect(complaints.list()).toEqual([]);
  });
});
