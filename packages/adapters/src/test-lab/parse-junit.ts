import type { TestReport, TestResult } from '@osrel/core';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { z } from 'zod';

const element = z.union([z.string(), z.record(z.string(), z.unknown())]);
const elements = z.array(element).default([]);
const testCase = z.looseObject({ failure: elements, error: elements, skipped: elements });
const suite = z.looseObject({
  testcase: z.array(z.unknown()).default([]),
  testsuite: z.array(z.unknown()).default([]),
});

type Element = z.infer<typeof element>;
type Attributes = Readonly<Record<string, unknown>>;

const REPEATED = new Set(['testsuites', 'testsuite', 'testcase', 'failure', 'error', 'skipped']);

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  textNodeName: '#text',
  parseAttributeValue: false,
  parseTagValue: false,
  // A report is the output of a program under test: entities it defines are not expanded.
  processEntities: false,
  isArray: (name, _path, _isLeaf, isAttribute) => isAttribute !== true && REPEATED.has(name),
});

/**
 * Reads a JUnit report: `testsuites`, or one `testsuite`, nested to any depth. What stands before and after it in the
 * text is passed over. A report that is cut off, or counts more failures than it lists, has a defect.
 */
export function parseJunit(text: string): TestReport {
  const report = findReport(text);
  if (report === undefined) return reportOf([], null);
  const validity = XMLValidator.validate(report);
  if (validity !== true) {
    return reportOf([], `the JUnit report is broken: ${validity.err.msg}`);
  }
  const tests: TestResult[] = [];
  const defects: string[] = [];
  const root = suite.parse(emptyAsObject(parser.parse(report)));
  const tops = [...asArray(root.testsuites), ...root.testsuite];
  for (const top of tops) readSuite(top, [], { tests, defects });
  return reportOf(tests, defects[0] ?? null);
}

function reportOf(tests: readonly TestResult[], defect: string | null): TestReport {
  return { tests, defect, skipReason: null, bailOut: null, warnings: [] };
}

function findReport(text: string): string | undefined {
  const start = /<testsuites?[\s/>]/.exec(text)?.index;
  return start === undefined ? undefined : text.slice(start, Math.max(text.lastIndexOf('>') + 1, start));
}

interface Findings {
  readonly tests: TestResult[];
  readonly defects: string[];
}

function readSuite(raw: unknown, path: readonly string[], findings: Findings): void {
  const found = suite.parse(emptyAsObject(raw));
  const name = attribute(found, 'name');
  const ownPath = name === undefined ? path : [...path, name];
  const before = findings.tests.length;
  for (const each of found.testcase) findings.tests.push(toTest(each, ownPath));
  for (const inner of found.testsuite) readSuite(inner, ownPath, findings);
  const failed = findings.tests.slice(before).filter((test) => test.outcome === 'failed').length;
  const counted = count(found, 'failures') + count(found, 'errors');
  if (counted > failed) {
    findings.defects.push(`suite "${ownPath.join(' > ')}" counts ${counted} failures, but lists ${failed}`);
  }
}

function toTest(raw: unknown, path: readonly string[]): TestResult {
  const found = testCase.parse(emptyAsObject(raw));
  const group = attribute(found, 'classname');
  const ownName = attribute(found, 'name') ?? 'test';
  const parts = group === undefined || path.includes(group) ? [...path, ownName] : [...path, group, ownName];
  const seconds = Number(attribute(found, 'time') ?? Number.NaN);
  const durationMs = Number.isFinite(seconds) ? Math.round(seconds * 1000) : null;
  const name = parts.join(' > ');
  const failure = found.failure[0] ?? found.error[0];
  if (failure !== undefined) return { name, outcome: 'failed', because: messageOf(failure), durationMs };
  const skipped = found.skipped[0];
  if (skipped !== undefined) return { name, outcome: 'skipped', because: messageOf(skipped), durationMs };
  const status = (attribute(found, 'status') ?? attribute(found, 'result') ?? '').toLowerCase();
  if (['notrun', 'disabled', 'skipped', 'suppressed'].includes(status)) {
    return { name, outcome: 'skipped', because: status, durationMs };
  }
  return { name, outcome: 'passed', because: null, durationMs };
}

function messageOf(found: Element): string | null {
  if (typeof found === 'string') return firstLine(found);
  const text = found['#text'];
  return attribute(found, 'message') ?? (typeof text === 'string' ? firstLine(text) : null);
}

function firstLine(text: string): string | null {
  const line = decodeEntities(text).trim().split('\n')[0] ?? '';
  return line === '' ? null : line;
}

function attribute(found: Attributes, name: string): string | undefined {
  const value = found[`@${name}`];
  return typeof value === 'string' && value !== '' ? decodeEntities(value) : undefined;
}

function count(found: Attributes, name: string): number {
  const value = Number(attribute(found, name) ?? 0);
  return Number.isSafeInteger(value) && value > 0 ? value : 0;
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

/** The five entities of XML itself, and characters by number. */
function decodeEntities(text: string): string {
  return text.replace(
    /&(?:(lt|gt|quot|apos|amp)|#(\d{1,7})|#x([0-9a-f]{1,6}));/gi,
    (written, name, decimal, hex) => {
      if (name !== undefined) return ENTITIES[String(name).toLowerCase()] ?? written;
      const code = decimal === undefined ? Number.parseInt(String(hex), 16) : Number(decimal);
      return code <= 0x10ffff ? String.fromCodePoint(code) : written;
    },
  );
}

function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** An element without attributes and children is an empty text. */
function emptyAsObject(value: unknown): unknown {
  return typeof value === 'string' ? {} : value;
}
