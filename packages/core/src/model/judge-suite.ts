import { describeCounts, JUDGE_RULES, type ObservedSuite } from './judge-rules.ts';
import { compareSummary } from './lab-summary.ts';
import type { SuiteObservation } from './suite-observation.ts';
import { countTests, type TestResult } from './suite-report.ts';
import type { TestVerdict } from './test-verdict.ts';

/** What a suite came to, and why. */
export interface Verdict {
  readonly verdict: TestVerdict;
  /** Name of the rule that decided. */
  readonly rule: string;
  readonly because: string;
  /** Whether it ran to its own end and its report is whole: only then may waived failures let it pass. */
  readonly isWhole: boolean;
  readonly tests: readonly TestResult[];
  /** What a person should know and what decided nothing. */
  readonly warnings: readonly string[];
}

/**
 * The verdict on one try of a suite (leviathan 3.5, 4.4). Passed only when success was reported, the report is whole and
 * not bailed out, no test failed, at least one passed and each listed test was found. Asked in this order:
 *
 * 1. rules of osrel.yml, whenever the suite did not pass: who wrote them knows better;
 * 2. the rig is lost: what failed on it is no word about the product, another rig will show it again;
 * 3. built-in rules that hold whatever was reported (a test that could not be loaded);
 * 4. built-in rules that explain every failed test by its own message, or a suite that broke off without any;
 * 5. failed tests and bail-outs: from here on no text of the log can excuse them;
 * 6. how the suite ended, whether the report is whole, whether anything was tested.
 *
 * A core says only that a suite ended badly; the exit code of a command is its author's word about the product. So a bad
 * end of a clean report, or a broken report, is `failed` of a command and `infrastructure` of a core. The lab's summary
 * decides nothing (leviathan 4.2), save that it knows of a listed test without a name.
 */
export function judgeSuite(observation: SuiteObservation): Verdict {
  const observed = observedSuite(observation);
  const { tests } = observation.report;
  const warnings = [...observation.report.warnings, ...compareSummary(observation)];
  const common = { tests, warnings, isWhole: isWholeReport(observation) };
  for (const rule of JUDGE_RULES) {
    if ('decisive' in rule) {
      const hit = rule.decisive(observed);
      if (hit === undefined) continue;
      return {
        ...common,
        verdict: hit.verdict,
        rule: hit.rule,
        because: `${hit.because}: ${hit.line}`,
      };
    }
    const because = rule.applies(observed);
    if (because !== undefined) return { ...common, verdict: rule.verdict, rule: rule.name, because };
  }
  return { ...common, verdict: 'passed', rule: 'passed', because: describeCounts(observed.counts) };
}

function isWholeReport({ ending, report }: SuiteObservation): boolean {
  return ending.kind === 'reported' && report.defect === null && report.bailOut === null;
}

function observedSuite(observation: SuiteObservation): ObservedSuite {
  const { report, ending } = observation;
  const counts = countTests(report.tests);
  const failed = report.tests.filter((test) => test.outcome === 'failed');
  const saysSuccess = ending.kind === 'reported' && ending.success;
  return {
    ...observation,
    counts,
    failed,
    hasBegun: counts.passed > 0 || failed.some((test) => test.name.includes(' > ')),
    isClean: saysSuccess && isWholeReport(observation) && failed.length === 0 && counts.passed > 0,
  };
}
