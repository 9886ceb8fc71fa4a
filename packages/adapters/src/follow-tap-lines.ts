import type { TestCounts } from '@osrel/core';
import { leafTests } from './leaf-tests.ts';
import { createRunQueueReader } from './run-queue.ts';
import { createTapTree, type TapNode } from './tap-tree.ts';

/** How far a suite is that prints TAP. */
export interface TapProgress extends Omit<TestCounts, 'waived'> {
  /** Name of the test that runs, groups joined with ` > `; null between tests. */
  readonly running: string | null;
}

export interface TapFollower {
  /** Takes one line without its line end; true when the progress may have changed. Cheap, never throws. */
  readonly onLine: (line: string) => boolean;
  readonly progress: () => TapProgress;
}

/**
 * Follows TAP among any other output while it is printed. A Leviathan suite, known by the list of its tests that it
 * prints first, is counted by its tests, any other stream by its test points.
 */
export function followTapLines(): TapFollower {
  const queue = createRunQueueReader();
  const tree = createTapTree();
  let known: TapProgress | undefined;
  return {
    onLine: (line) => {
      if (queue.onLine(line)) {
        const root = queue.root();
        if (root !== undefined) tree.expect(root);
        return false;
      }
      const isChanged = tree.onLine(line);
      if (isChanged) known = undefined;
      return isChanged;
    },
    progress: () => {
      known ??= { running: runningOf(tree.open()), ...countsOf(tree.stream, queue) };
      return known;
    },
  };
}

function runningOf(open: readonly string[]): string | null {
  return open.length === 0 ? null : open.join(' > ');
}

function countsOf(
  stream: TapNode,
  queue: ReturnType<typeof createRunQueueReader>,
): Omit<TapProgress, 'running'> {
  const root = queue.root();
  const suite = stream.children[0];
  if (root !== undefined && suite !== undefined) {
    const { tests } = leafTests({ suite, queue: root, cutBecause: NOT_YET });
    const count = (outcome: string): number => tests.filter((test) => test.outcome === outcome).length;
    const notYet = tests.filter((test) => test.because === NOT_YET || test.because === RUNNING).length;
    return { passed: count('passed'), failed: count('failed'), skipped: count('skipped') - notYet };
  }
  const points = allPoints(stream);
  return {
    passed: points.filter((point) => point.ok && point.directive === null).length,
    failed: points.filter((point) => !point.ok && point.directive === null).length,
    skipped: points.filter((point) => point.directive !== null).length,
  };
}

const NOT_YET = 'not yet';
/** What `leafTests` says of a test whose end was not seen. */
const RUNNING = 'the suite broke off while it ran';

function allPoints(node: TapNode): TapNode['points'] {
  return [...node.points, ...node.children.flatMap(allPoints)];
}
