import type { Problem } from '../errors/osrel-error.ts';
import { formatKeyPath } from './schema-problems.ts';

/** One requested combination, not yet judged. */
export interface MatrixCombination {
  readonly values: Readonly<Record<string, unknown>>;
  /** Where the value of a key was written, below the matrix. */
  readonly pathOf: (key: string) => readonly PropertyKey[];
  /** `workflow` for the reference workflow's two shapes, `native` for the list of osrel.yml. */
  readonly shape: 'native' | 'workflow';
}

export interface ExpandedMatrix {
  readonly combinations: readonly MatrixCombination[];
  readonly problems: readonly Problem[];
}

type Values = Readonly<Record<string, unknown>>;

interface Combined {
  readonly values: Values;
  readonly include: number | undefined;
}

/**
 * Unfolds a test matrix: a list is taken as it is; an object is the product of its lists, minus `exclude`, plus
 * `include` (an include entry that overwrites no product value extends the combinations, else it is one of its
 * own), as the code host's matrix does. An object that asks for no suite is empty.
 */
export function expandMatrix(raw: unknown, where: string): ExpandedMatrix {
  if (raw === null || raw === undefined || raw === '') return { combinations: [], problems: [] };
  if (Array.isArray(raw)) return expandList(raw, where);
  if (isRecord(raw))
    return asksForNothing(raw) ? { combinations: [], problems: [] } : expandObject(raw, where);
  return { combinations: [], problems: [{ at: where, message: 'needs a list of tests or a matrix object' }] };
}

/** `where` followed by the key path. */
export function placeIn(where: string, path: readonly PropertyKey[]): string {
  const keys = formatKeyPath(path);
  return keys === '' || keys.startsWith('[') ? where + keys : `${where}.${keys}`;
}

function expandList(items: readonly unknown[], where: string): ExpandedMatrix {
  const problems = problemsOfItems(items, where, []);
  const combinations = items.flatMap((values, index) => {
    if (!isRecord(values)) return [];
    return [
      {
        values,
        pathOf: (key: string) => [index, key],
        shape: 'test_suite' in values ? 'workflow' : 'native',
      } as const,
    ];
  });
  return { combinations, problems };
}

function expandObject(matrix: Values, where: string): ExpandedMatrix {
  const { include = [], exclude = [], ...dimensions } = matrix;
  const problems = [
    ...Object.entries(dimensions).flatMap(([key, values]) => {
      if (Array.isArray(values) && values.length > 0) return [];
      return [{ at: placeIn(where, [key]), message: 'needs a list with at least one value' }];
    }),
    ...problemsOfItems(include, where, ['include']),
    ...problemsOfItems(exclude, where, ['exclude']),
  ];
  if (problems.length > 0) return { combinations: [], problems };
  const product = productOf(dimensions).filter(
    (values) => !recordsOf(exclude).some((rule) => covers(rule, values)),
  );
  const combined = recordsOf(include).reduce(
    (soFar, extra, index) => withInclude({ soFar, product, extra, index }),
    product.map((values): Combined => ({ values, include: undefined })),
  );
  return { combinations: combined.map(toCombination), problems: [] };
}

function toCombination({ values, include }: Combined): MatrixCombination {
  return {
    values,
    pathOf: (key) => (include === undefined ? [key] : ['include', include, key]),
    shape: 'workflow',
  };
}

function productOf(dimensions: Values): readonly Values[] {
  const entries = Object.entries(dimensions);
  if (entries.length === 0) return [];
  return entries.reduce<readonly Values[]>(
    (soFar, [key, list]) =>
      soFar.flatMap((values) =>
        Array.isArray(list) ? list.map((value: unknown) => ({ ...values, [key]: value })) : [],
      ),
    [{}],
  );
}

function withInclude(step: {
  readonly soFar: readonly Combined[];
  readonly product: readonly Values[];
  readonly extra: Values;
  readonly index: number;
}): Combined[] {
  const { soFar, product, extra, index } = step;
  const fits = (original: Values | undefined) =>
    original !== undefined &&
    Object.entries(extra).every(([key, value]) => !(key in original) || isEqual(original[key], value));
  if (!product.some(fits)) return [...soFar, { values: extra, include: index }];
  return soFar.map((combined, position) =>
    fits(product[position]) ? { ...combined, values: { ...combined.values, ...extra } } : combined,
  );
}

function asksForNothing(matrix: Values): boolean {
  const { test_suite: suites, include, ...rest } = matrix;
  if (include !== undefined && !isEmptyList(include)) return false;
  if (suites === undefined) return Object.values(rest).every(isEmptyList);
  return (
    suites === '' ||
    suites === null ||
    (Array.isArray(suites) && suites.every((suite) => suite === '' || suite === null))
  );
}

function problemsOfItems(items: unknown, where: string, path: readonly PropertyKey[]): readonly Problem[] {
  if (!Array.isArray(items)) return [{ at: placeIn(where, path), message: 'needs a list' }];
  return items.flatMap((item, index) =>
    isRecord(item)
      ? []
      : [{ at: placeIn(where, [...path, index]), message: 'needs a map of keys, such as suite' }],
  );
}

function covers(rule: Values, values: Values): boolean {
  return Object.entries(rule).every(([key, value]) => isEqual(values[key], value));
}

function recordsOf(items: unknown): readonly Values[] {
  return Array.isArray(items) ? items.filter(isRecord) : [];
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function isRecord(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
