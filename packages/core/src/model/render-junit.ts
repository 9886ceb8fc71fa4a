import { escapeAttribute, escapeText } from './escape-xml.ts';
import type { SuiteReport, TestResult } from './suite-report.ts';

/**
 * JUnit XML as CI systems and the schema of Ant's JUnit task read it: one `testsuite` a report, one `testcase` a test.
 * A suite that did not pass has at least one failure or error in it, also when no test was ever reported. Waived failures
 * are skipped tests with their reason.
 */
export function renderJunit(reports: readonly SuiteReport[]): string {
  const suites = reports.map(renderSuite).join('');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites}</testsuites>\n`;
}

interface Case {
  readonly name: string;
  readonly durationMs: number | null;
  readonly kind: 'passed' | 'skipped' | 'failure' | 'error';
  /** Of a failure or error: the verdict. */
  readonly type: string;
  readonly message: string;
}

function renderSuite(report: SuiteReport, index: number): string {
  const { entry, slug, rig, startedAt, durationMs } = report;
  const cases = [...report.tests.map(caseOf), ...suiteCase(report)];
  const count = (kind: Case['kind']): string => String(cases.filter((each) => each.kind === kind).length);
  const attributes = {
    name: `${entry} on ${slug}`,
    package: `osrel.${slug}`,
    id: String(index),
    hostname: rig?.name || rig?.id || 'none',
    timestamp: startedAt.slice(0, 19),
    tests: String(cases.length),
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
    time: seconds(durationMs),
  };
  const properties = propertiesOf(report).map(
    ([name, value]) => `      <property${renderAttributes({ name, value })}/>\n`,
  );
  return [
    `  <testsuite${renderAttributes(attributes)}>\n`,
    `    <properties>\n${properties.join('')}    </properties>\n`,
    ...cases.map((each) => renderCase(each, `${slug}.${entry}`)),
    `    <system-out>${escapeText(report.because)}</system-out>\n`,
    '    <system-err></system-err>\n',
    '  </testsuite>\n',
  ].join('');
}

function caseOf({ name, outcome, because, durationMs }: TestResult): Case {
  const common = { name, durationMs, type: 'failed', message: because ?? '' };
  switch (outcome) {
    case 'passed':
      return { ...common, kind: 'passed' };
    case 'skipped':
      return { ...common, kind: 'skipped' };
    case 'waived':
      return { ...common, kind: 'skipped', message: `waived: ${because ?? ''}` };
    default:
      return { ...common, kind: 'failure' };
  }
}

/** What went wrong with the suite as a whole, which no test of it tells. */
function suiteCase({ entry, verdict, counts, because, rule }: SuiteReport): readonly Case[] {
  if (verdict === 'passed' && counts.passed > 0) return [];
  if (verdict === 'failed' && counts.failed > 0) return [];
  const type = verdict === 'passed' ? 'nothing-tested' : verdict;
  return [{ name: entry, durationMs: null, kind: 'error', type, message: `${because} (${rule})` }];
}

function renderCase({ name, durationMs, kind, type, message }: Case, classname: string): string {
  const head = `    <testcase${renderAttributes({ name, classname, time: seconds(durationMs ?? 0) })}`;
  if (kind === 'passed') return `${head}/>\n`;
  if (kind === 'skipped')
    return `${head}>\n      <skipped${renderAttributes({ message })}/>\n    </testcase>\n`;
  const line = message.split('\n')[0] ?? '';
  const element = `<${kind}${renderAttributes({ message: line, type })}>${escapeText(message)}</${kind}>`;
  return `${head}>\n      ${element}\n    </testcase>\n`;
}

function propertiesOf(report: SuiteReport): readonly (readonly [name: string, value: string])[] {
  const { rig } = report;
  return [
    ['verdict', report.verdict],
    ['rule', report.rule],
    ['suite', report.suite],
    ['suite.revision', report.suiteRevision ?? 'unknown'],
    ['lab', report.lab],
    ['worker', report.worker],
    ['rig.id', rig?.id ?? 'none'],
    ['rig.kind', rig?.kind ?? 'none'],
    ['machine', report.machine],
    ['device-type', report.slug],
    ['version', report.version],
    ['manifest.sha256', report.manifestSha256],
    ...report.given.map((file) => [`given.${file.name}.sha256`, file.sha256] as const),
    ['attempts', String(report.attempts.length)],
    ...report.attempts.map(
      (attempt, index) =>
        [
          `attempt.${index + 1}`,
          `${attempt.verdict} on ${attempt.rig?.id ?? 'no rig'}: ${attempt.because}`,
        ] as const,
    ),
    ...report.waivers.map(
      ({ test, tracker, owner, expires }) =>
        [`waiver.${test}`, `${tracker}, ${owner}, until ${expires}`] as const,
    ),
  ];
}

function renderAttributes(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${escapeAttribute(value)}"`)
    .join('');
}

function seconds(milliseconds: number): string {
  return (Math.max(0, milliseconds) / 1000).toFixed(3);
}
