import { z } from 'zod';
import { badConfig, type Problem } from '../errors/osrel-error.ts';
import { problemsOfIssues } from './schema-problems.ts';
import { nameCombinations } from './test-matrix-ids.ts';
import { expandMatrix, type MatrixCombination, placeIn } from './test-matrix-shapes.ts';

/** One test to run: a suite in a lab. */
export interface TestMatrixEntry {
  /** Unique in the matrix, usable in a step id and as a file name: `os`, `os-qemu`. */
  readonly id: string;
  readonly suite: string;
  readonly lab: 'command' | 'leviathan' | 'qemu';
  /** Argument array; only with lab `command`. */
  readonly command?: readonly string[];
  readonly results?: 'tap' | 'junit';
  /** `testbot` or `qemu` in Leviathan; `local` where a command decides. */
  readonly worker: string;
  /** Deployment environment whose credentials the test uses. */
  readonly environment?: string;
  readonly workerFleets?: readonly string[];
  readonly testOrganization?: string;
  /** Runner labels for a CI matrix. */
  readonly runsOn?: readonly string[];
  readonly secureBoot?: boolean;
  readonly testImage?: 'balena.img' | 'balena-flasher.img' | 'balena-raw.img';
  /** What the serial console must show, as a regular expression; only with lab `qemu`. */
  readonly marker?: string;
  /** Of one attempt. */
  readonly timeoutMinutes?: number;
}

const text = z.string().min(1, 'must not be empty');
const listOfTexts = z.union(
  [
    z.array(text),
    text.transform((list) =>
      list
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    ),
  ],
  'needs a list of texts, or one text with commas',
);

const entrySchema = z.strictObject({
  suite: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'needs a suite name: letters, digits, dot, dash, underscore'),
  lab: z.enum(['command', 'leviathan', 'qemu']),
  command: z.array(text).min(1, 'needs a program').optional(),
  results: z.enum(['tap', 'junit']).optional(),
  worker: text.optional(),
  environment: text.optional(),
  workerFleets: listOfTexts.optional(),
  testOrganization: text.optional(),
  runsOn: listOfTexts.optional(),
  secureBoot: z.union([z.boolean(), z.number(), z.string()]).transform(isTrue).optional(),
  testImage: z.enum(['balena.img', 'balena-flasher.img', 'balena-raw.img']).optional(),
  marker: z.string().min(1, 'must not be empty').refine(isExpression, 'is no regular expression').optional(),
  timeoutMinutes: z.number().positive().optional(),
});

type ParsedEntry = z.infer<typeof entrySchema>;

const KEYS = Object.keys(entrySchema.shape);

// Names of the reference workflow (balena-workflow 1.2) and dashed spellings of our own.
const OTHER_NAMES: Readonly<Record<string, string>> = {
  test_suite: 'suite',
  worker_type: 'worker',
  worker_fleets: 'workerFleets',
  test_org: 'testOrganization',
  runs_on: 'runsOn',
  secure_boot: 'secureBoot',
  test_image: 'testImage',
  'worker-fleets': 'workerFleets',
  'test-organization': 'testOrganization',
  'runs-on': 'runsOn',
  'secure-boot': 'secureBoot',
  'test-image': 'testImage',
  'timeout-minutes': 'timeoutMinutes',
};

const DEFAULT_WORKER = { command: 'local', leviathan: 'testbot', qemu: 'qemu' } as const;

/**
 * Reads the tests that a configuration asks for: osrel's list, or the reference workflow's `test_matrix` as
 * `include` list or as lists to combine, also as JSON text. Nothing, `{}` and an empty suite mean no tests.
 * `where` is the matrix's own place for messages, such as `osrel.yml: tests.matrix`.
 * Throws config `tests.matrix-malformed` with every problem at its key.
 */
export function parseTestMatrix(raw: unknown, where: string): readonly TestMatrixEntry[] {
  const expanded = expandMatrix(readJson(raw, where), where);
  const judged = expanded.combinations.map((combination) => readCombination(combination, where));
  const problems = [
    ...expanded.problems,
    ...judged.flatMap((result) => ('problems' in result ? result.problems : [])),
  ];
  if (problems.length > 0) throw malformed(where, problems);
  return nameCombinations(judged.flatMap((result) => ('entry' in result ? [result.entry] : [])));
}

type Judged = { readonly entry: Omit<TestMatrixEntry, 'id'> } | { readonly problems: readonly Problem[] };

function readJson(raw: unknown, where: string): unknown {
  if (typeof raw !== 'string' || raw.trim() === '') return typeof raw === 'string' ? '' : raw;
  try {
    return JSON.parse(raw);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw malformed(where, [{ at: where, message: `is no JSON: ${message}` }], error);
  }
}

function readCombination(combination: MatrixCombination, where: string): Judged {
  const { values, writtenAs, clashes } = withOwnNames(combination.values);
  const at = (path: readonly PropertyKey[]): string => {
    const [key, ...rest] = path;
    return placeIn(where, [...combination.pathOf(writtenAs.get(String(key)) ?? String(key)), ...rest]);
  };
  const parsed = entrySchema.safeParse({ ...defaultLab(combination, values), ...values });
  const problems = [
    ...clashes.map((key) => ({ at: at([key]), message: `${key} is given twice, under two names` })),
    ...(parsed.success ? [] : problemsOfIssues(parsed.error.issues, { at, knownKeys: KEYS })),
    ...(parsed.success ? problemsOfRules(parsed.data, combination.shape) : []).map(([key, message]) => ({
      at: at([key]),
      message,
    })),
  ];
  return parsed.success && problems.length === 0 ? { entry: toEntry(parsed.data) } : { problems };
}

/** The values under our own key names. An empty text is a value that was not given: workflow inputs are so. */
function withOwnNames(written: MatrixCombination['values']) {
  const named = Object.entries(written).map(([key, value]) => ({
    key,
    name: OTHER_NAMES[key] ?? key,
    value,
  }));
  const given = named.filter(({ name, value }) => name === 'suite' || (value !== '' && value !== null));
  return {
    values: Object.fromEntries(given.map(({ name, value }) => [name, value])),
    writtenAs: new Map(given.map(({ name, key }) => [name, key])),
    clashes: given
      .filter(({ name }, index) => given.findIndex((other) => other.name === name) < index)
      .map(({ name }) => name),
  };
}

function defaultLab(combination: MatrixCombination, values: Readonly<Record<string, unknown>>) {
  if (combination.shape === 'workflow') return { lab: 'leviathan' };
  return values.command === undefined ? {} : { lab: 'command' };
}

function problemsOfRules(
  entry: ParsedEntry,
  shape: MatrixCombination['shape'],
): readonly (readonly [key: keyof ParsedEntry, message: string])[] {
  const isCommand = entry.lab === 'command';
  const isForeignWorker = entry.lab === 'leviathan' && !['testbot', 'qemu', undefined].includes(entry.worker);
  return [
    ...(isCommand && entry.command === undefined
      ? [['command', 'missing: lab "command" needs a command'] as const]
      : []),
    ...(!isCommand && entry.command !== undefined
      ? [['command', `is only for lab "command", not "${entry.lab}"`] as const]
      : []),
    ...(!isCommand && entry.results !== undefined
      ? [['results', `is only for lab "command", not "${entry.lab}"`] as const]
      : []),
    ...(entry.lab !== 'qemu' && entry.marker !== undefined
      ? [['marker', `is only for lab "qemu", not "${entry.lab}"`] as const]
      : []),
    ...(isForeignWorker
      ? [['worker', `Leviathan has the workers testbot and qemu, not "${entry.worker}"`] as const]
      : []),
    ...(shape === 'workflow' && entry.environment === undefined
      ? [['environment', 'missing: needs the environment whose credentials the suite uses'] as const]
      : []),
  ];
}

function toEntry(parsed: ParsedEntry): Omit<TestMatrixEntry, 'id'> {
  const { suite, lab, worker, command, results, environment, workerFleets, ...rest } = parsed;
  const { testOrganization, runsOn, secureBoot, testImage, marker, timeoutMinutes } = rest;
  return {
    suite,
    lab,
    worker: worker ?? DEFAULT_WORKER[lab],
    ...(command === undefined ? {} : { command }),
    ...(results === undefined ? {} : { results }),
    ...(environment === undefined ? {} : { environment }),
    ...(workerFleets === undefined ? {} : { workerFleets }),
    ...(testOrganization === undefined ? {} : { testOrganization }),
    ...(runsOn === undefined ? {} : { runsOn }),
    ...(secureBoot === undefined ? {} : { secureBoot }),
    ...(testImage === undefined ? {} : { testImage }),
    ...(marker === undefined ? {} : { marker }),
    ...(timeoutMinutes === undefined ? {} : { timeoutMinutes }),
  };
}

function isExpression(source: string): boolean {
  try {
    return new RegExp(source, 'u').source !== '';
  } catch {
    return false;
  }
}

// The workflow takes any truthy value; a text "false" is meant as false all the same.
function isTrue(value: boolean | number | string): boolean {
  return typeof value === 'string' ? !['', '0', 'false', 'no'].includes(value.toLowerCase()) : Boolean(value);
}

function malformed(where: string, problems: readonly Problem[], cause?: unknown) {
  const distinct = problems.filter(
    (problem, index) =>
      problems.findIndex((other) => other.at === problem.at && other.message === problem.message) === index,
  );
  return badConfig('tests.matrix-malformed', `${where} has ${distinct.length} problem(s)`, {
    hint: 'an entry is { suite, lab, worker } or { suite, lab: command, command: [...], results: tap }',
    problems: distinct,
    ...(cause === undefined ? {} : { cause }),
  });
}
