import type { TestReport } from '@osrel/core';
import { leafTests } from '../leaf-tests.ts';
import { createRunQueueReader } from '../run-queue.ts';
import { createTapTree, type TapTree } from '../tap-tree.ts';

/**
 * Reads the whole log of a Leviathan suite: TAP of node-tap among anything else (leviathan 4.1). Tests are the leaves of
 * the suite by their full names (`Suite > group > test`). The report has a defect when the suite's own result or the
 * plan at the very end is missing, as when the log broke off; without any TAP it has neither test nor defect.
 */
export function parseLeviathanLog(text: string): TestReport {
  const queue = createRunQueueReader();
  const tree = createTapTree();
  for (const line of linesOf(text)) {
    if (!queue.onLine(line)) tree.onLine(line);
    else {
      const root = queue.root();
      if (root !== undefined) tree.expect(root);
    }
  }
  const [suite] = tree.stream.children;
  const bailOut = tree.bailOut();
  const defect = defectOf(tree);
  if (suite === undefined) return { tests: [], defect, skipReason: null, bailOut, warnings: [] };
  const cutBecause = cutReason(tree);
  const { tests, warnings } = leafTests({ suite, queue: queue.root(), cutBecause });
  return { tests, defect, skipReason: tests.length === 0 ? skipReasonOf(tree) : null, bailOut, warnings };
}

function* linesOf(text: string): Generator<string> {
  let start = 0;
  while (start < text.length) {
    const end = text.indexOf('\n', start);
    const stop = end === -1 ? text.length : end;
    yield text.slice(start, text[stop - 1] === '\r' ? stop - 1 : stop);
    start = stop + 1;
  }
}

function cutReason(tree: TapTree): string | null {
  if (tree.bailOut() !== null) return 'not reached: the suite bailed out';
  return tree.stream.children[0]?.end === null ? 'not reached: the suite broke off' : null;
}

function defectOf({ stream, bailOut, open }: TapTree): string | null {
  const bailed = bailOut();
  if (bailed !== null) return `the suite bailed out${bailed === '' ? '' : `: ${bailed}`}`;
  const [suite, ...others] = stream.children;
  if (suite === undefined) return null;
  if (suite.end === null) {
    return `the result of the suite itself is missing: its output breaks off in "${open().join(' > ')}"`;
  }
  if (stream.plan === null) return 'the plan at the end of the TAP is missing';
  const count = 1 + others.length + stream.points.length;
  if (stream.plan.end !== count) {
    return `the plan announces ${stream.plan.end} suites, but ${count} reported`;
  }
  return null;
}

function skipReasonOf({ stream }: TapTree): string | null {
  const suite = stream.children[0];
  const reason = suite?.end?.directive ?? null;
  return reason === null ? (suite?.plan?.skipReason ?? null) : `${reason.kind} ${reason.reason}`.trim();
}
