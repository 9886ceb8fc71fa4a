import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const ANSWER_MS = 10_000;

/** Absolute path of the program in the folders of `searchPath` (as in PATH); undefined when none of them has it. */
export async function findProgram(name: string, searchPath: string): Promise<string | undefined> {
  for (const folder of searchPath.split(':').filter((part) => part !== '')) {
    const file = resolve(join(folder, name));
    if (await canRun(file)) return file;
  }
  return undefined;
}

export async function canRun(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false; // not there and not executable mean the same here
  }
}

export type ProgramAnswer =
  | { readonly kind: 'answered'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'failed'; readonly text: string };

/** Runs a program that only tells something, at most ten seconds; `text` is all it printed. */
export async function askProgram(file: string, words: readonly string[]): Promise<ProgramAnswer> {
  try {
    const { stdout, stderr } = await execute(file, [...words], { timeout: ANSWER_MS });
    return { kind: 'answered', text: `${stdout}${stderr}` };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if ('code' in error && error.code === 'ENOENT') return { kind: 'absent' };
    const printed = ['stderr', 'stdout'].map((name) => String(Reflect.get(error, name) ?? '')).join('');
    return { kind: 'failed', text: printed.trim() === '' ? error.message : printed };
  }
}
