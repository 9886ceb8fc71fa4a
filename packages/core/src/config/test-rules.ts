import type { TestMatrixEntry } from '../model/test-matrix.ts';
import { BUILT_IN_SUITES } from './default-tests.ts';
import type { RuleProblem } from './rule-problem.ts';
import type { WrittenConfig } from './written-config.ts';
import type { WrittenEvidence } from './written-tests.ts';

export interface TestRuleQuestion {
  readonly written: WrittenConfig;
  /** The parsed matrix; undefined when none is written; `unreadable` when it has problems of its own. */
  readonly matrix: readonly TestMatrixEntry[] | undefined | 'unreadable';
}

/** Rules of `tests`, of its tiers and of what machines ask in particular. */
export function checkTestRules(question: TestRuleQuestion): readonly RuleProblem[] {
  const { written } = question;
  const places = [
    { path: ['tests'], wish: written.tests ?? {} },
    ...Object.entries(written.tests?.tiers ?? {}).map(([tier, wish]) => ({
      path: ['tests', 'tiers', tier],
      wish: wish ?? {},
    })),
    ...Object.entries(written.machines ?? {}).map(([machine, wish]) => ({
      path: ['machines', machine, 'tests'],
      wish: wish?.tests ?? {},
    })),
  ];
  return [
    ...places.flatMap(({ path, wish }) => checkEvidence(wish, path, question)),
    ...checkTiers(written),
    ...checkLeviathan(written),
  ];
}

function checkEvidence(
  wish: WrittenEvidence,
  path: readonly string[],
  { matrix }: TestRuleQuestion,
): readonly RuleProblem[] {
  const required = wish.required ?? [];
  const repeated = required.flatMap((suite, index) =>
    required.indexOf(suite) === index
      ? []
      : [{ path: [...path, 'required', index], message: `suite "${suite}" is listed twice` }],
  );
  if (matrix === 'unreadable') return repeated;
  const known = [...new Set([...(matrix ?? []).map((entry) => entry.suite), ...BUILT_IN_SUITES])];
  const unknown = (suite: string): string =>
    `suite "${suite}" is not in tests.matrix, so it could never pass; known: ${known.join(', ')}`;
  return [
    ...repeated,
    ...required.flatMap((suite, index) =>
      known.includes(suite) ? [] : [{ path: [...path, 'required', index], message: unknown(suite) }],
    ),
    ...Object.keys(wish.minimum ?? {}).flatMap((suite) =>
      known.includes(suite) ? [] : [{ path: [...path, 'minimum', suite], message: unknown(suite) }],
    ),
  ];
}

/** A tier that no machine has is a spelling mistake that would silently ask for less. */
function checkTiers(written: WrittenConfig): readonly RuleProblem[] {
  const machines = Object.values(written.machines ?? {});
  if (machines.length === 0) return [];
  const tiers = new Set(['blocker', ...machines.map((wish) => wish?.tier)]);
  return Object.keys(written.tests?.tiers ?? {}).flatMap((tier) =>
    tiers.has(tier) ? [] : [{ path: ['tests', 'tiers', tier], message: `no machine has tier "${tier}"` }],
  );
}

function checkLeviathan(written: WrittenConfig): readonly RuleProblem[] {
  const leviathan = written.tests?.leviathan ?? {};
  const problems: RuleProblem[] = [];
  if (leviathan.client !== undefined && leviathan.driver !== 'client') {
    problems.push({
      path: ['tests', 'leviathan', 'client'],
      message: 'is only used with driver: client',
    });
  }
  // The stock client finds its rigs itself; a list of ours would be ignored.
  if (
    leviathan.driver === 'client' &&
    leviathan.client !== undefined &&
    (leviathan.cores ?? []).length === 0
  ) {
    problems.push({
      path: ['tests', 'leviathan', 'cores'],
      message: 'missing: a client of your own needs the address of a core that runs',
    });
  }
  return problems;
}
