import type { TestOutcome, TestResult } from '@osrel/core';
import { isQueuedAs, NOT_LOADED, type QueuedTest, queuedLeaves } from './run-queue.ts';
import type { TapDirective } from './tap-line.ts';
import type { TapNode, TapPoint } from './tap-tree.ts';

/** The tests of a suite by their full names, and what a person should see. */
export interface LeafTests {
  readonly tests: readonly TestResult[];
  readonly warnings: readonly string[];
}

export interface LeafTestsRequest {
  /** The suite itself, the outermost subtest. */
  readonly suite: TapNode;
  /** What the suite listed before it ran; undefined when that is not known. */
  readonly queue: QueuedTest | undefined;
  /** Why what is listed and was not seen was not run; null: its contract left it out. */
  readonly cutBecause: string | null;
}

interface Place {
  readonly path: readonly string[];
  readonly queued: QueuedTest | undefined;
  /** Whether a group around it ended well, so that its own end was only lost. */
  readonly isVouchedFor: boolean;
  readonly cutBecause: string | null;
}

const LONGEST_REASON = 500;
const MOST_WARNINGS = 100;

/**
 * The tests that people name of a Leviathan suite: groups are not counted, what a test asserts makes its outcome, and
 * listed tests that printed nothing are skipped with the reason why (leviathan 5). A test that ended without asserting
 * anything proves nothing and counts as skipped.
 */
export function leafTests({ suite, queue, cutBecause }: LeafTestsRequest): LeafTests {
  const found: TestResult[] = [];
  const warnings: string[] = [];
  const isSuite = queue !== undefined && isQueuedAs(queue, suite.title);
  const place = { path: [], queued: isSuite ? queue : undefined, isVouchedFor: false, cutBecause };
  const isEmpty =
    suite.children.length === 0 && suite.points.length === 0 && !(isSuite && hasChildren(queue));
  // A suite without any test is not a test of its own.
  if (!isEmpty || suite.end?.ok === false) walk(suite, place, { found, warnings });
  return { tests: found, warnings: [...new Set(warnings)].slice(0, MOST_WARNINGS) };
}

interface Findings {
  readonly found: TestResult[];
  readonly warnings: string[];
}

function walk(node: TapNode, place: Place, findings: Findings): void {
  const path = [...place.path, node.title];
  const isGroup = place.queued === undefined ? hasSubtests(node) : hasChildren(place.queued);
  warn(node, path, findings);
  if (node.title === '' && place.queued?.title === NOT_LOADED) {
    const name = [...place.path, NOT_LOADED].join(' > ');
    findings.found.push(result(name, 'failed', 'the suite lists it, and its file could not be loaded'));
    return;
  }
  if (!isGroup) {
    findings.found.push(leaf(node, path.join(' > '), place));
    return;
  }
  const before = findings.found.length;
  const isVouchedFor = place.isVouchedFor || node.end?.ok === true;
  for (const child of node.children) {
    const queued = place.queued?.children.find((each) => isQueuedAs(each, child.title));
    walk(child, { ...place, path, queued, isVouchedFor }, findings);
  }
  for (const point of node.points) readGroupPoint(point, path, place, findings);
  const hasFailure = findings.found.slice(before).some((test) => test.outcome === 'failed');
  if (!hasFailure && (isFailure(node.end) || node.bailedOut !== null)) {
    const because = unknownFailure(node, 'it failed, but none of its tests is known to have');
    findings.found.push(result(path.join(' > '), 'failed', because));
  }
  addUnseen(node, path, place, findings);
}

/** A group's own assertions count only when they fail; a test that was marked and not run is one of them. */
function readGroupPoint(
  point: TapPoint,
  path: readonly string[],
  { queued }: Place,
  { found }: Findings,
): void {
  const { directive } = point;
  const listed = queued?.children.find((each) => isQueuedAs(each, point.name));
  if (directive !== null) {
    if (queued !== undefined && listed === undefined) return;
    const leaves = listed === undefined ? [[point.name]] : queuedLeaves(listed);
    for (const leafPath of leaves) {
      found.push(result([...path, ...leafPath].join(' > '), 'skipped', reasonOf(directive)));
    }
    return;
  }
  if (listed !== undefined) {
    // The line that began it was lost.
    const outcome: TestOutcome = point.ok ? 'passed' : 'failed';
    found.push(result([...path, point.name].join(' > '), outcome, point.ok ? null : point.detail));
    return;
  }
  if (!point.ok) found.push(result(path.join(' > '), 'failed', failureText(point)));
}

function addUnseen(node: TapNode, path: readonly string[], place: Place, { found }: Findings): void {
  const isSeen = (queued: QueuedTest): boolean =>
    node.children.some((child) => isQueuedAs(queued, child.title)) ||
    node.points.some((point) => isQueuedAs(queued, point.name));
  for (const queued of place.queued?.children ?? []) {
    if (isSeen(queued)) continue;
    const because =
      place.cutBecause ?? 'left out: its contract does not fit the device type, the OS or the rig';
    for (const leafPath of queuedLeaves(queued)) {
      found.push(result([...path, ...leafPath].join(' > '), 'skipped', because));
    }
  }
}

function leaf(node: TapNode, name: string, { isVouchedFor, cutBecause }: Place): TestResult {
  const points = allPoints(node);
  const failures = points.filter((point) => !point.ok && point.directive === null);
  const durationMs = node.end?.durationMs ?? null;
  const directive = node.end?.directive ?? null;
  if (directive !== null) return { ...result(name, 'skipped', reasonOf(directive)), durationMs };
  const [first] = failures;
  if (first !== undefined) {
    const more = failures.length > 1 ? ` (and ${failures.length - 1} more)` : '';
    return { ...result(name, 'failed', `${failureText(first)}${more}`), durationMs };
  }
  if (node.end?.ok === false || (node.end === null && bailedIn(node))) {
    const because = unknownFailure(node, 'it failed, but no assertion of it is known to have');
    return { ...result(name, 'failed', because), durationMs };
  }
  if (node.end === null && !isVouchedFor) {
    return result(
      name,
      'skipped',
      cutBecause === null ? 'its result is missing' : 'the suite broke off while it ran',
    );
  }
  const asserted = [...points, ...node.strays].filter((point) => point.directive === null);
  if (asserted.length > 0) return { ...result(name, 'passed', null), durationMs };
  const skipped = points.find((point) => point.directive !== null);
  if (skipped !== undefined) return { ...result(name, 'skipped', `skip: ${skipped.name}`), durationMs };
  const told = node.comments.find(saysSkip);
  return { ...result(name, 'skipped', told ?? 'it ended without a single assertion'), durationMs };
}

/** Comments that look like failures, and tests that passed and say that they left something out (leviathan 5.1, 5.2). */
function warn(node: TapNode, path: readonly string[], { warnings }: Findings): void {
  for (const stray of node.strays.filter((point) => !point.ok)) {
    warnings.push(`${path.join(' > ')}: "not ok ${stray.name}" stands in a column of no test`);
  }
  for (const comment of node.comments) {
    if (!/^not ok\b/.test(comment) && !saysSkip(comment)) continue;
    warnings.push(`${path.join(' > ')}: ${comment.slice(0, LONGEST_REASON)}`);
  }
}

function saysSkip(comment: string): boolean {
  return /\bskip(?:ping|ped|s)?\b/i.test(comment) && !/^(?:skip|todo): \d+$/.test(comment);
}

/** For a failure whose own line was lost: what stands in the wrong column, or what the bail-out says. */
function unknownFailure(node: TapNode, otherwise: string): string {
  const stray = node.strays.find((point) => !point.ok && point.directive === null);
  if (stray !== undefined) return failureText(stray);
  return node.bailedOut === null || node.bailedOut === '' ? otherwise : node.bailedOut;
}

function bailedIn(node: TapNode): boolean {
  return node.bailedOut !== null || node.children.some(bailedIn);
}

function isFailure(end: TapNode['end']): boolean {
  return end !== null && !end.ok && end.directive === null;
}

function allPoints(node: TapNode): readonly TapPoint[] {
  return [...node.points, ...node.children.flatMap(allPoints)];
}

function hasSubtests(node: TapNode): boolean {
  return node.children.length > 0;
}

function hasChildren(queued: QueuedTest): boolean {
  return queued.children.length > 0;
}

function failureText(point: TapPoint): string {
  const { name, detail } = point;
  if (detail === null || detail === name) return name === '' ? 'an assertion without a name' : name;
  return name === '' ? detail : `${name}: ${detail}`;
}

function reasonOf({ kind, reason }: TapDirective): string {
  return reason === '' ? kind : `${kind}: ${reason}`;
}

function result(name: string, outcome: TestOutcome, because: string | null): TestResult {
  return { name, outcome, because: because?.slice(0, LONGEST_REASON) ?? null, durationMs: null };
}
