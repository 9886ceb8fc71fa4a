import {
  integrityBroken,
  type Journal,
  type JournalEntry,
  journalEntrySchema,
  type OsrelError,
} from '@osrel/core';
import { findText } from '../if-present.ts';
import { appendDurably } from './append-durably.ts';

/**
 * A journal as JSON lines. An entry counts once its newline is on disk; a last line without one was never
 * acknowledged: it is left out of `read` and cut off by the next `append`. Throws integrity `journal.damaged`
 * with every malformed line.
 */
export function createJournal(path: string): Journal {
  let tail: Promise<void> = Promise.resolve();
  return {
    read: () => readJournal(path),
    append(entry) {
      // One after the other, whoever asks; a failed one does not stop those behind it.
      const appended = tail.then(() => appendDurably(path, JSON.stringify(journalEntrySchema.parse(entry))));
      tail = appended.catch(() => {});
      return appended;
    },
  };
}

async function readJournal(path: string): Promise<readonly JournalEntry[]> {
  const text = (await findText(path)) ?? '';
  const lines = text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .slice(0, -1);
  const parsed = lines.map(parseLine);
  const problems = parsed.flatMap((entry, index) =>
    typeof entry === 'string' ? [{ at: `${path}:${index + 1}`, message: entry }] : [],
  );
  if (problems.length > 0) throw damaged(path, problems);
  return parsed.filter((entry) => typeof entry !== 'string');
}

/** The entry, or what is wrong with the line. */
function parseLine(line: string): JournalEntry | string {
  try {
    const parsed = journalEntrySchema.safeParse(JSON.parse(line));
    return parsed.success
      ? parsed.data
      : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  } catch (error) {
    if (error instanceof SyntaxError) return error.message;
    throw error;
  }
}

function damaged(
  path: string,
  problems: readonly { readonly at: string; readonly message: string }[],
): OsrelError {
  return integrityBroken('journal.damaged', `${path} is malformed in ${problems.length} line(s)`, {
    hint: 'the file was changed by hand or the disk is failing; start a new run, it adopts what is done',
    problems,
  });
}
