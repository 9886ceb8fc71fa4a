import type { TestReport, TestResult } from '@osrel/core';
import { type FinalResults, Parser, type Result } from 'tap-parser';
import { parseLeviathanLog } from './parse-leviathan-log.ts';

/**
 * Reads TAP 13 or 14. Lines that are no TAP are passed over. A subtest counts by its own tests; the line that closes it
 * counts only when it says something that they do not. A test marked todo counts as skipped, whatever came out. The log of
 * a Leviathan suite, known by the list of its tests, is read by its own rules.
 */
export function parseTap(text: string): TestReport {
  if (LEVIATHAN_QUEUE.test(text)) return parseLeviathanLog(text);
  const findings: Findings = { tests: [], defects: [], skipReasons: [], warnings: [] };
  const parser = new Parser();
  collect(parser, [], findings);
  parser.end(text);
  const { tests, warnings } = findings;
  const bailOut = bailOutOf(parser);
  return {
    tests,
    defect: bailOut === null ? (findings.defects[0] ?? null) : describeBailOut(bailOut),
    skipReason: tests.length === 0 ? (findings.skipReasons[0] ?? null) : null,
    bailOut,
    warnings,
  };
}

const LEVIATHAN_QUEUE = /^Run queue summary:\s*$/m;

interface Findings {
  readonly tests: TestResult[];
  readonly defects: string[];
  readonly skipReasons: string[];
  readonly warnings: string[];
}

function collect(parser: Parser, path: readonly string[], findings: Findings): void {
  const { tests, defects, skipReasons } = findings;
  let number = 0;
  parser.on('child', (child: Parser) => {
    collect(child, [...path, child.name], findings);
  });
  parser.on('comment', (comment: string) => {
    const text = comment.replace(/^\s*#\s?/, '').trim();
    if (/^not ok\b/.test(text) && findings.warnings.length < 100)
      findings.warnings.push([...path, text].join(' > '));
  });
  parser.on('assert', (result: Result) => {
    number += 1;
    const name = [...path, result.name.trim() || `test ${number}`].join(' > ');
    if (!result.closingTestPoint || saysMoreThanItsTests(result, name, tests))
      tests.push(toTest(result, name));
  });
  parser.on('complete', (results: FinalResults) => {
    const defect = defectOf(results);
    if (defect !== null) defects.push(path.length === 0 ? defect : `${path.join(' > ')}: ${defect}`);
    const reason = results.plan.skipReason.replace(/^skip\S*\s*/i, '');
    // The parser's own words for a stream without any plan.
    if (results.plan.skipAll && reason !== 'no tests found') skipReasons.push(reason || 'the plan is 1..0');
  });
}

function saysMoreThanItsTests(closing: Result, name: string, tests: readonly TestResult[]): boolean {
  const own = tests.filter((test) => test.name.startsWith(`${name} > `));
  if (own.length === 0) return true;
  return (
    !closing.ok &&
    closing.todo === false &&
    closing.skip === false &&
    own.every((test) => test.outcome !== 'failed')
  );
}

function toTest(result: Result, name: string): TestResult {
  const durationMs = result.time;
  if (result.skip !== false)
    return { name, outcome: 'skipped', because: reasonOf('skip', result.skip), durationMs };
  if (result.todo !== false)
    return { name, outcome: 'skipped', because: reasonOf('todo', result.todo), durationMs };
  if (result.ok) return { name, outcome: 'passed', because: null, durationMs };
  return { name, outcome: 'failed', because: messageOf(result), durationMs };
}

function reasonOf(directive: 'skip' | 'todo', said: boolean | string): string {
  return typeof said === 'string' && said !== '' ? `${directive}: ${said}` : directive;
}

function messageOf(result: Result): string | null {
  const diagnostic: unknown = result.diag;
  if (typeof diagnostic === 'object' && diagnostic !== null && 'message' in diagnostic) {
    return String(diagnostic.message);
  }
  return result.tapError;
}

function bailOutOf({ bailedOut }: Parser): string | null {
  if (bailedOut === false) return null;
  return typeof bailedOut === 'string' ? bailedOut.trim() : '';
}

function describeBailOut(reason: string): string {
  return reason === '' ? 'the suite bailed out' : `the suite bailed out: ${reason}`;
}

function defectOf({ plan, count, failures }: FinalResults): string | null {
  const broken = failures.find((failure) => typeof failure.tapError === 'string');
  if (broken === undefined) return null;
  if (plan.end !== null && plan.end !== count)
    return `the plan announces ${plan.end} tests, but ${count} reported`;
  return `the TAP stream is broken: ${broken.tapError}`;
}
