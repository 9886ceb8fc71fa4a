import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFECT_EXIT_CODE, EXIT_CODES } from '../../packages/core/src/errors/osrel-error.ts';
import { code, page, table } from './markdown.ts';

const RETRYABLE = ['upstream', 'rig', 'conflict'];

/** Every exit code with the kind of failure behind it. */
export function renderExitCodes(root: string): string {
  const meanings = readMeanings(root);
  const failures = Object.entries(EXIT_CODES).map(([kind, exitCode]) => ({
    exitCode,
    kind,
    meaning: meanings.get(kind) ?? missingMeaning(kind),
    retry: retryOf(kind),
  }));
  const all = [
    { exitCode: 0, kind: '', meaning: 'done, or nothing to do', retry: '' },
    ...failures,
    {
      exitCode: DEFECT_EXIT_CODE,
      kind: '',
      meaning: 'a defect of osrel itself; the text to report is on stderr',
      retry: 'no',
    },
    { exitCode: 143, kind: 'cancelled', meaning: 'terminated (SIGTERM); otherwise as 130', retry: 'resume' },
  ].sort((a, b) => a.exitCode - b.exitCode);
  return page(
    'Exit codes',
    'A script can rely on these numbers. The [errors](errors.md) of one kind all have the same one.',
    table(
      ['exit code', 'kind', 'meaning', 'may a CI job try again?'],
      all.map(({ exitCode, kind, meaning, retry }) => [code(String(exitCode)), kind, meaning, retry]),
    ),
    '`resume`: the run is kept, and the command that continues it is printed: `osrel resume RUN`.',
  );
}

function retryOf(kind: string): string {
  if (kind === 'cancelled') return 'resume';
  if (kind === 'conflict') return 'yes, later';
  return RETRYABLE.includes(kind) ? 'yes' : 'no';
}

/** The words beside the kinds where they are declared. */
function readMeanings(root: string): ReadonlyMap<string, string> {
  const text = readFileSync(join(root, 'packages/core/src/errors/osrel-error.ts'), 'utf8');
  return new Map(
    [...text.matchAll(/\| '(\w+)';? \/\/ (.+)$/gm)].map((match) => [match[1] ?? '', match[2] ?? '']),
  );
}

function missingMeaning(kind: string): never {
  throw new Error(`osrel-error.ts does not say what kind "${kind}" means`);
}
