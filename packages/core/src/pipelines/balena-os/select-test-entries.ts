import { badUsage } from '../../errors/osrel-error.ts';
import { findNearestName } from '../../model/nearest-name.ts';
import type { TestMatrixEntry } from '../../model/test-matrix.ts';
import type { Trigger } from '../../model/trigger.ts';

/**
 * The entries of the test matrix that are run: those a command names, by id or by suite, else all, in the order of the
 * matrix.
 * @throws usage `tests.unknown-entry` with the nearest name
 */
export function selectTestEntries(
  matrix: readonly TestMatrixEntry[],
  trigger: Trigger,
): readonly TestMatrixEntry[] {
  const wanted = trigger.kind === 'command' ? (trigger.entries ?? []) : [];
  if (wanted.length === 0) return matrix;
  const known = [...new Set(matrix.flatMap(({ id, suite }) => [id, suite]))];
  const unknown = wanted.filter((name) => !known.includes(name));
  const [first] = unknown;
  if (first === undefined) {
    return matrix.filter(({ id, suite }) => wanted.includes(id) || wanted.includes(suite));
  }
  const nearest = findNearestName(first, known);
  throw badUsage('tests.unknown-entry', `tests.matrix has no entry or suite ${unknown.join(', ')}`, {
    hint: nearest === undefined ? `it has: ${known.join(', ')}` : `did you mean ${nearest}?`,
    details: { known },
  });
}
