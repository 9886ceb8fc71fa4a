import type { SuiteObservation } from './suite-observation.ts';
import type { TestResult } from './suite-report.ts';

/**
 * Where Leviathan's summary says something else than the tests themselves: lines for people. It is often wrong
 * (leviathan 4.2), so it decides nothing.
 */
export function compareSummary({
  report,
  summary,
  summaryDefect,
}: Pick<SuiteObservation, 'report' | 'summary' | 'summaryDefect'>): readonly string[] {
  if (summaryDefect !== null) return [`the summary of the lab cannot be used: ${summaryDefect}`];
  if (summary === null) return [];
  const titled = (outcome: TestResult['outcome']): ReadonlySet<string> =>
    new Set(report.tests.filter((test) => test.outcome === outcome).map(ownTitle));
  const [passed, failed] = [titled('passed'), titled('failed')];
  const said = Object.entries(summary.tests);
  return [
    ...said.flatMap(([title, state]) =>
      state === 'passed' && failed.has(title)
        ? [`the summary of the lab says "${title}" passed, but it failed`]
        : [],
    ),
    ...said.flatMap(([title, state]) =>
      state === 'failed' && passed.has(title)
        ? [`the summary of the lab says "${title}" failed, but it passed`]
        : [],
    ),
    ...(summary.ran === 0 && passed.size > 0
      ? [`the summary of the lab says that no test ran, but ${passed.size + failed.size} did`]
      : []),
  ];
}

function ownTitle(test: TestResult): string {
  return test.name.split(' > ').at(-1) ?? test.name;
}
