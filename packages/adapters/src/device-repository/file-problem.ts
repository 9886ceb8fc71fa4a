import { badConfig, type OsrelError, type Problem } from '@osrel/core';

/** A place in a file, both counted from one; zero column: the whole line. */
export interface FilePosition {
  readonly line: number;
  readonly column: number;
}

/** Something wrong in a file of the repository; how a reader of one file fails. */
export class FileProblem extends Error {
  override readonly name = 'FileProblem';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map((problem) => `${problem.at}: ${problem.message}`).join('\n'));
    this.problems = problems;
  }
}

/** The problem with its place as `file:line:column` and, where the text has it, the line itself. */
export function problemAt(
  file: string,
  text: string,
  position: FilePosition | undefined,
  message: string,
): Problem {
  if (position === undefined) return { at: file, message };
  const at = `${file}:${position.line}${position.column === 0 ? '' : `:${position.column}`}`;
  const line = text.split(/\r?\n/)[position.line - 1]?.trim().slice(0, 120) ?? '';
  return { at, message: line === '' ? message : `${message}: ${line}` };
}

/** One config error for everything found; its message names the first place. */
export function malformedFiles(code: string, what: string, problems: readonly Problem[]): OsrelError {
  const first = problems[0];
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return badConfig(code, `${what} is malformed: ${first?.at}: ${first?.message}${more}`, {
    hint: 'correct the named lines',
    problems,
  });
}
