import { realpath } from 'node:fs/promises';
import { runProgram } from './run-program.mjs';

const FIXED_DATE = Date.UTC(2026, 0, 1) / 1000;

/**
 * The time every file of the output carries, in seconds: SOURCE_DATE_EPOCH, else the time of the repository's
 * last commit, else a fixed date. Never the clock, so that the same sources give the same bytes.
 */
export async function sourceDate(repository) {
  const given = process.env.SOURCE_DATE_EPOCH;
  if (given !== undefined && given !== '') {
    if (!/^\d{1,11}$/.test(given)) throw new Error(`SOURCE_DATE_EPOCH is no number of seconds: ${given}`);
    return Number(given);
  }
  const root = await runProgram('git', ['-C', repository, 'rev-parse', '--show-toplevel']);
  // A repository around this folder says nothing about when the example changed.
  if (root.status !== 0 || root.stdout.trim() !== (await realpath(repository))) return FIXED_DATE;
  const commit = await runProgram('git', ['-C', repository, 'log', '-1', '--format=%ct']);
  return commit.status === 0 && commit.stdout.trim() !== '' ? Number(commit.stdout.trim()) : FIXED_DATE;
}
