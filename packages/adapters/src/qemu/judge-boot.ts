import { judgeSuite, type LogHit, type TestResult, type Verdict } from '@osrel/core';
import { BOOT_RULES } from './boot-signs.ts';
import type { BootFinding, BootStages } from './watch-boot.ts';

const MARKER_TEST = 'console shows the marker';

const NOT_REACHED: BootStages = { firmwareStarted: false, kernelStarted: false };

/**
 * The verdict on a boot: its three tests, and what it came to as a rule of its own. The first test that was not reached
 * fails where the image is to blame; later ones are skipped. `hits`: rules of osrel.yml that knew a line of the console.
 */
export function judgeBoot(
  finding: BootFinding,
  stages: BootStages = NOT_REACHED,
  hits: readonly LogHit[] = [],
): Verdict {
  const { verdict, because } = BOOT_RULES[finding.rule];
  const tests = listTests(finding, stages);
  return judgeSuite({
    ending: { kind: 'reported', success: verdict === 'passed', exitCode: null },
    report: { tests, defect: null, skipReason: null, bailOut: null, warnings: [] },
    hits:
      verdict === 'passed'
        ? hits
        : [
            ...hits,
            { rule: finding.rule, line: finding.seen, verdict, because, scope: 'always', explains: [] },
          ],
    summary: null,
    summaryDefect: null,
  });
}

function listTests(
  finding: BootFinding,
  { firmwareStarted, kernelStarted }: BootStages,
): readonly TestResult[] {
  const { verdict, because } = BOOT_RULES[finding.rule];
  if (verdict === 'passed') {
    const quiet = 'the console shows no line of a kernel';
    return [
      passed('firmware starts the image'),
      kernelStarted ? passed('kernel starts') : skipped('kernel starts', quiet),
      passed(MARKER_TEST),
    ];
  }
  const reached = [
    { name: 'firmware starts the image', isReached: firmwareStarted },
    { name: 'kernel starts', isReached: kernelStarted },
    { name: MARKER_TEST, isReached: false },
  ];
  const stopped = reached.findIndex(({ isReached }) => !isReached);
  return reached.map(({ name, isReached }, index) => {
    if (isReached) return passed(name);
    if (verdict !== 'failed') return skipped(name, `not known: ${because}`);
    if (index === stopped)
      return { ...passed(name), outcome: 'failed', because: `${because}: ${finding.seen}` };
    return skipped(name, `not reached: ${because}`);
  });
}

function passed(name: string): TestResult {
  return { name, outcome: 'passed', because: null, durationMs: null };
}

function skipped(name: string, because: string): TestResult {
  return { name, outcome: 'skipped', because, durationMs: null };
}
