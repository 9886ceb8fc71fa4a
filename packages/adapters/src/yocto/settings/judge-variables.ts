import type { Problem } from '@osrel/core';
import { baseName, isAdditive, type WantedVariable } from './overruled-settings.ts';

/** Names to ask the event log for, so that `judgeVariables` can compare. */
export function judgedNames(wanted: readonly WantedVariable[]): readonly string[] {
  return [...new Set(wanted.filter(isComparable).map(baseName))];
}

/**
 * Wanted variables whose final value in bitbake (`summary().variables`, expanded) is another: something of the layers
 * beat them. A variable that bitbake says nothing of is not judged, nor one with an expansion or a secret.
 */
export function judgeVariables(
  wanted: readonly WantedVariable[],
  effective: Readonly<Record<string, string>>,
): readonly Problem[] {
  return wanted.filter(isComparable).flatMap((variable) => {
    const name = baseName(variable);
    const value = effective[name];
    if (value === undefined || holds(variable, value)) return [];
    return [{ at: name, message: `${name} is "${value}" in this build, not ${expectation(variable)}` }];
  });
}

function isComparable({ name, value }: WantedVariable): boolean {
  return value !== undefined && !value.includes('${') && !/[:]/.test(name.replace(/:append$/, ''));
}

function holds(variable: WantedVariable, effective: string): boolean {
  const { value = '' } = variable;
  if (!isAdditive(variable)) return effective === value;
  const words = new Set(effective.split(/\s+/));
  return value
    .split(/\s+/)
    .filter((word) => word !== '')
    .every((word) => words.has(word));
}

function expectation(variable: WantedVariable): string {
  const { value = '' } = variable;
  return isAdditive(variable) ? `with "${value.trim()}" in it` : `"${value}"`;
}
