import { asOsrelError, badConfig, type Problem } from '../errors/osrel-error.ts';
import { formatKeyPath, problemsOfIssues } from '../model/schema-problems.ts';
import { parseTestMatrix, type TestMatrixEntry } from '../model/test-matrix.ts';
import type { Config } from './config.ts';
import { checkConfigRules } from './config-rules.ts';
import { listKnownKeys } from './config-schema.ts';
import { originsOf } from './config-settings.ts';
import { findSecretValues, hideSecretValues, type SecretValue } from './find-secret-values.ts';
import { normalizeConfig } from './normalize-config.ts';
import { parseKeyPath } from './parse-key-path.ts';
import { type ReadConfig, readWrittenConfig, valueAt } from './read-written-config.ts';
import type { RuleProblem } from './rule-problem.ts';

type KeyPath = readonly PropertyKey[];

/** Where a document came from. */
export interface ConfigSource {
  /** Name for messages and origins: `osrel.yml`. */
  readonly file: string;
  /** Line (from 1) of the key at a path, or of its closest ancestor; undefined where unknown. */
  readonly lineOf?: (path: KeyPath) => number | undefined;
}

/**
 * Reads a parsed osrel.yml into the configuration with every default filled in; undefined or null is a repository
 * without one. Throws config `config.invalid` with every problem at its line and key; a value that looks like a
 * secret is never part of a message.
 */
export function parseConfig(document: unknown, source: ConfigSource): Config {
  const given = document ?? {};
  const read = readWrittenConfig(given);
  const matrix = readMatrix(given);
  const problems = problemsOf({ given, read, matrix, source });
  if (problems.length > 0) throw invalid(problems, source.file);
  const config = normalizeConfig({
    written: read.written,
    file: source.file,
    matrix: 'problems' in matrix ? undefined : matrix.entries,
  });
  return { ...config, origins: originsOf(config, (path) => findOrigin(given, path, source)) };
}

type ReadMatrix =
  | { readonly entries: readonly TestMatrixEntry[] | undefined }
  | { readonly problems: readonly RuleProblem[] };

interface Findings {
  readonly given: unknown;
  readonly read: ReadConfig;
  readonly matrix: ReadMatrix;
  readonly source: ConfigSource;
}

function readMatrix(document: unknown): ReadMatrix {
  const raw = valueAt(document, ['tests', 'matrix']);
  if (raw === undefined || raw === null) return { entries: undefined };
  if (typeof raw !== 'object' && typeof raw !== 'string') return { problems: [] };
  try {
    return { entries: parseTestMatrix(raw, 'tests.matrix') };
  } catch (error) {
    const problems = asOsrelError(error)?.problems ?? [];
    if (problems.length === 0) throw error;
    return { problems: problems.map(({ at, message }) => ({ path: parseKeyPath(at), message })) };
  }
}

function problemsOf({ given, read, matrix, source }: Findings): readonly Problem[] {
  const secrets = findSecretValues(given);
  const at = (path: KeyPath): string => placeOf(path, source);
  const problems = [
    ...read.issues.flatMap((issue) =>
      problemsOfIssues([inPlainWords(issue)], { at, knownKeys: listKnownKeys(issue.path) }),
    ),
    ...located('problems' in matrix ? matrix.problems : [], at),
    ...located(brokenRules({ given, read, matrix }), at),
    ...located(secrets.filter(({ isObvious }) => isObvious).map(toSecretProblem), at),
  ];
  return uniquePlaces(problems.map((problem) => hidden(problem, secrets)));
}

function brokenRules({ given, read, matrix }: Omit<Findings, 'source'>): readonly RuleProblem[] {
  const environments = valueAt(given, ['environments']);
  const problems = checkConfigRules({
    written: read.written,
    matrix: 'problems' in matrix ? 'unreadable' : matrix.entries,
    environmentNames:
      typeof environments === 'object' && environments !== null ? Object.keys(environments) : [],
  });
  // What the schema refused already is not missing as well.
  return problems.filter(({ path }) => !read.leftOut.some((left) => startsWith(path, left)));
}

// "object" is the schema's word for what a reader of YAML calls a map; a rule's own words need no explanation.
function inPlainWords(issue: ReadConfig['issues'][number]): ReadConfig['issues'][number] {
  if (issue.code !== 'invalid_type') return issue;
  const isSaid = issue.message.startsWith('needs');
  if (!isSaid && !['object', 'record'].includes(issue.expected)) return issue;
  return { code: 'custom', path: issue.path, message: isSaid ? issue.message : 'needs a map of keys' };
}

function startsWith(path: KeyPath, start: KeyPath): boolean {
  return start.every((key, index) => path[index] === key);
}

function toSecretProblem({ path }: SecretValue): RuleProblem {
  return { path, message: 'looks like a secret (not shown); write {env: NAME} below secrets, and revoke it' };
}

function located(problems: readonly RuleProblem[], at: (path: KeyPath) => string): readonly Problem[] {
  return problems.map(({ path, message }) => ({ at: at(path), message }));
}

function hidden(problem: Problem, secrets: readonly SecretValue[]): Problem {
  return { at: hideSecretValues(problem.at, secrets), message: hideSecretValues(problem.message, secrets) };
}

function uniquePlaces(problems: readonly Problem[]): readonly Problem[] {
  return problems.filter(
    (problem, index) => problems.findIndex((other) => other.at === problem.at) === index,
  );
}

function placeOf(path: KeyPath, source: ConfigSource): string {
  const line = source.lineOf?.(path);
  const place = line === undefined ? source.file : `${source.file}:${line}`;
  return path.length === 0 ? place : `${place} ${formatKeyPath(path)}`;
}

function findOrigin(document: unknown, path: KeyPath, source: ConfigSource): string | undefined {
  const value = valueAt(document, path);
  return value === undefined || value === null
    ? undefined
    : placeOf([], { ...source, lineOf: () => source.lineOf?.(path) });
}

function invalid(problems: readonly Problem[], file: string) {
  const [first] = problems;
  const message =
    problems.length === 1 && first !== undefined
      ? `${first.at}: ${first.message}`
      : `${file} has ${problems.length} problems`;
  return badConfig('config.invalid', message, {
    problems,
    hint: 'edit the file, then run: osrel config check',
  });
}
