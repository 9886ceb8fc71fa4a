import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestReport } from '@osrel/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { SuiteTrace } from './leviathan-parts.ts';
import { type ObserveOptions, observeTrace } from './observe-trace.ts';

const ENDING = { kind: 'reported', success: true, exitCode: null } as const;
const NOTHING: SuiteTrace = { ending: ENDING, log: null, summary: null, serial: null, artifacts: null };

/** A report whose only warning is the text that was read. */
const parseLog = (text: string): TestReport => ({
  tests: [],
  defect: null,
  skipReason: null,
  bailOut: null,
  warnings: [text],
});
const OPTIONS: ObserveOptions = { suite: 'os', verdicts: [], parseLog, judgedBytes: null };

async function fileWith(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'osrel-trace-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'file'), text);
  return join(folder, 'file');
}

describe('observeTrace', () => {
  it('reads no more of the log than counts, for report and causes alike', async () => {
    const log = await fileWith('Lost communication\nno space left\n');
    const rule = (match: string) => ({ match, verdict: 'rig-failure', because: match, suite: null }) as const;
    const verdicts = [rule('Lost communication'), rule('no space left')];

    const seen = await observeTrace({ ...NOTHING, log }, { ...OPTIONS, verdicts, judgedBytes: 19 });

    expect(seen.report.warnings).toEqual(['Lost communication\n']);
    expect(seen.hits.map(({ because }) => because)).toContain('Lost communication');
    expect(seen.hits.map(({ because }) => because)).not.toContain('no space left');
  });

  it('has an empty report for a suite that never said anything', async () => {
    const seen = await observeTrace({ ...NOTHING, log: '/nowhere/suite.log' }, OPTIONS);
    expect(seen).toMatchObject({ report: { warnings: [''] }, hits: [], summary: null, summaryDefect: null });
  });

  it.each([
    ['', 'no JSON, or cut short (0 characters)'],
    ['{"stats":{"ran":1', 'no JSON, or cut short'],
    ['{"message":"Report is not available"}', 'not as Leviathan writes it'],
  ])('says why a summary of %j cannot be used', async (text, defect) => {
    const seen = await observeTrace({ ...NOTHING, summary: await fileWith(text) }, OPTIONS);
    expect(seen.summary).toBeNull();
    expect(seen.summaryDefect).toContain(defect);
  });

  it('takes of the summary what can be compared', async () => {
    const text = '{"suite":"S","stats":{"ran":1,"passed":1},"tests":{"a":"passed"},"dateTime":"x"}';
    const seen = await observeTrace({ ...NOTHING, summary: await fileWith(text) }, OPTIONS);
    expect(seen.summary).toEqual({ ran: 1, tests: { a: 'passed' } });
  });
});
