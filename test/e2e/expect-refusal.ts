import { expect } from 'vitest';
import { documentOf, type OsrelOptions, osrel, type Spoken } from './osrel-process.ts';
import { readTree } from './read-tree.ts';

export interface Refusal {
  readonly words: readonly string[];
  readonly exitCode: number;
  readonly code: string;
  /** Words that the message or a problem names: the file, the key, the value. */
  readonly names: readonly string[];
  /** Words of the hint; default: any hint. */
  readonly hint?: string;
  readonly options?: OsrelOptions;
  /** Paths that may change, by their beginning. */
  readonly mayChange?: readonly string[];
}

/** Runs a command that must be refused, and checks everything a refusal owes its reader. */
export async function expectRefusal(path: string, refusal: Refusal): Promise<Spoken> {
  const { words, exitCode, code, names, options } = refusal;
  const before = await readTree(path);
  const spoken = await osrel(path, [...words, '--json'], options);
  const { schemaVersion, error } = documentOf(spoken);
  const told = `${spoken.stdout}\n${spoken.stderr}`;
  expect({ exitCode: spoken.exitCode, code: error?.code }, told).toEqual({ exitCode, code });
  expect(schemaVersion).toBe(1);
  expect(error).toMatchObject({
    message: expect.stringMatching(/\S/),
    hint: expect.stringContaining(refusal.hint ?? ''),
    exitCode,
    details: expect.any(Object),
  });
  const text = JSON.stringify([error.message, error.details]);
  for (const name of names) {
    expect(text).toContain(JSON.stringify(name).slice(1, -1));
    expect(spoken.stderr).toContain(name);
  }
  expect(spoken.stderr).toContain(`error[${code}]`);
  expect(spoken.stderr).toContain('hint: ');
  expect(spoken.stderr).not.toMatch(/^\s+at .*\.(ts|js):/m);
  expect(keptOf(await readTree(path), refusal)).toEqual(keptOf(before, refusal));
  return spoken;
}

function keptOf(tree: Readonly<Record<string, string>>, { mayChange = [] }: Refusal) {
  return Object.fromEntries(
    Object.entries(tree).filter(([name]) => !mayChange.some((path) => name.startsWith(path))),
  );
}
