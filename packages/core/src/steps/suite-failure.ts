import { assertNever } from '../errors/assert-never.ts';
import { type OsrelError, refused, rigFailed, testsFailed } from '../errors/osrel-error.ts';
import type { SuiteReport } from '../model/suite-report.ts';
import type { Waiver } from '../model/waiver.ts';

/** The error of a suite that did not pass; `expired` are waivers that would have covered a failure. */
export function suiteFailure(report: SuiteReport, expired: readonly Waiver[]): OsrelError {
  const { verdict, entry, slug, version, because, lab } = report;
  const details = detailsOf(report);
  switch (verdict) {
    case 'passed':
      throw new Error(`suite ${entry} passed and is no failure`);
    case 'failed':
      return productFailure(report, expired);
    case 'nothing-tested':
      return testsFailed('tests.nothing-tested', `suite ${entry} tested nothing on ${slug}: ${because}`, {
        hint: 'a suite counts only when at least one test of it passed',
        details,
      });
    case 'unsupported':
      return refused('tests.unsupported', `suite ${entry} cannot test ${slug} ${version}: ${because}`, {
        hint: 'leave this suite out for the device type (tests.matrix, machines.<name>.tests.required), or teach the suite',
        details,
      });
    case 'rig-failure':
      return rigFailed(
        'lab.rig-failed',
        `suite ${entry} has no verdict on ${slug}${tries(report)}: ${because}`,
        {
          hint: 'it says nothing about the product; look at the rig, then run it again: osrel resume',
          details,
        },
      );
    case 'infrastructure':
      return rigFailed(
        'lab.infrastructure',
        `lab ${lab} could not run suite ${entry} on ${slug}${tries(report)}: ${because}`,
        { hint: 'it says nothing about the product; when that is mended: osrel resume', details },
      );
    default:
      return assertNever(verdict);
  }
}

/** The error of a suite that passed, with fewer tests than its device type has to show. */
export function tooFew({ entry, slug, counts }: SuiteReport, minimum: number): OsrelError {
  const passed = counts.waived === 0 ? `${counts.passed}` : `${counts.passed} (and ${counts.waived} waived)`;
  return testsFailed(
    'tests.too-few',
    `suite ${entry} passed on ${slug} with ${passed} tests, and ${minimum} must pass`,
    {
      hint: 'see which tests were skipped with: osrel logs; or lower tests.minimum in osrel.yml',
      details: { counts },
    },
  );
}

function productFailure(report: SuiteReport, expired: readonly Waiver[]): OsrelError {
  const { entry, slug, version, because } = report;
  const [first] = expired;
  if (first === undefined) {
    return testsFailed('tests.failed', `suite ${entry} failed on ${slug} ${version}: ${because}`, {
      hint: 'read its log with: osrel logs',
      details: detailsOf(report),
    });
  }
  return testsFailed(
    'tests.waiver-expired',
    `suite ${entry} failed on ${slug} ${version}: ${because}; the waiver for "${first.test}" (${first.tracker}, ${first.owner}) expired on ${first.expires}`,
    {
      hint: 'mend the failure, or renew the waiver in osrel.yml with a reason that still holds',
      details: { ...detailsOf(report), expired: expired.map(({ test, expires }) => ({ test, expires })) },
    },
  );
}

function tries({ attempts }: SuiteReport): string {
  return attempts.length > 1 ? ` after ${attempts.length} attempts` : '';
}

function detailsOf({ entry, verdict, rule, tests, attempts }: SuiteReport) {
  const failed = tests.filter((test) => test.outcome === 'failed').map((test) => test.name);
  return { suite: entry, verdict, rule, failed, attempts };
}
