import type { Problem } from '@osrel/core';
import type { Assignment } from './assignment.ts';
import type { ConfStatement } from './conf-statements.ts';

/** A variable that a build sets; without a value: it comes from the environment, and its value is a secret. */
export type WantedVariable = Omit<Assignment, 'value'> & { readonly value?: string };

export interface ReadStatements {
  /** What bitbake reads before osrel's block in auto.conf: only overrides in it can beat a setting. */
  readonly before: readonly ConfStatement[];
  /** What it reads after it: local.conf, the machine's and the distribution's file. */
  readonly after: readonly ConfStatement[];
  /** Overrides that are in force: the machine. */
  readonly overrides: readonly string[];
}

/**
 * Statements that take a wanted variable its effect, each with file and line. `?=` and `??=` cannot; overrides other
 * than the machine are left to `judgeVariables`, which sees the outcome.
 */
export function findOverruledSettings(
  wanted: readonly WantedVariable[],
  statements: ReadStatements,
): readonly Problem[] {
  return wanted.flatMap((variable) => {
    // The environment is read first of all.
    const early = variable.value === undefined;
    const before = statements.before.filter((statement) => early || hasOverride(variable, statement));
    return [...before, ...statements.after].flatMap((statement) => {
      const effect = effectOn(variable, statement, statements.overrides);
      return effect === undefined ? [] : [describe(variable, statement, effect)];
    });
  });
}

type Effect = 'beats' | 'adds to' | 'takes from';

function effectOn(
  variable: WantedVariable,
  statement: ConfStatement,
  overrides: readonly string[],
): Effect | undefined {
  if (statement.operator === '?=' || statement.operator === '??=') return undefined;
  const suffixes = suffixesOf(variable, statement.name);
  if (suffixes === undefined) return undefined;
  const [last] = suffixes.slice(-1);
  const conditions = last !== undefined && isChange(last) ? suffixes.slice(0, -1) : suffixes;
  if (conditions.some((condition) => !overrides.includes(condition))) return undefined;
  if (last === 'remove') return takesFrom(variable, statement.value) ? 'takes from' : undefined;
  const isAddition = last === 'append' || last === 'prepend' || !['=', ':='].includes(statement.operator);
  if (isAddition) return isAdditive(variable) ? undefined : 'adds to';
  if (variable.name.endsWith(':append') || variable.name.endsWith('_append')) return undefined;
  return variable.value === statement.value ? undefined : 'beats';
}

/** The overrides of the statement's name, when it is about this variable; `X_append` counts only for the known words. */
function suffixesOf(variable: WantedVariable, name: string): readonly string[] | undefined {
  const base = baseName(variable);
  if (name === base || name === variable.name) return [];
  if (name.startsWith(`${base}:`)) return name.slice(base.length + 1).split(':');
  if (name.startsWith(`${base}_`)) return name.slice(base.length + 1).split('_');
  return undefined;
}

function hasOverride(variable: WantedVariable, { name }: ConfStatement): boolean {
  return name !== baseName(variable);
}

/** The variable's name without the override that appends to it. */
export function baseName({ name }: WantedVariable): string {
  return name.replace(/[:_]append$/, '');
}

/** It adds to what others say, and others may add to it. */
export function isAdditive({ name, operator }: WantedVariable): boolean {
  return operator === '+=' || name !== baseName({ name, operator });
}

function isChange(suffix: string): boolean {
  return suffix === 'append' || suffix === 'prepend' || suffix === 'remove';
}

function takesFrom({ value = '' }: WantedVariable, removed: string): boolean {
  const words = new Set(removed.split(/\s+/).filter((word) => word !== ''));
  return value.split(/\s+/).some((word) => words.has(word));
}

function describe(variable: WantedVariable, statement: ConfStatement, effect: Effect): Problem {
  const { name, operator, value, file, line } = statement;
  // The other side's value is shown only where ours is no secret: it may be an older one of the same.
  const written = variable.value === undefined ? `${name} ${operator} ...` : `${name} ${operator} "${value}"`;
  const asked = variable.value === undefined ? 'its secret' : `"${variable.value}"`;
  return { at: `${file}:${line}`, message: `${written} ${effect} ${asked}, which this build asks for` };
}
