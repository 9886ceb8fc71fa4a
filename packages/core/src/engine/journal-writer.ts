import { asOsrelError, type OsrelError, toolFailed } from '../errors/osrel-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { JournalEntry } from './journal.ts';
import type { Journal } from './run-store.ts';

type Unstamped<Entry> = Entry extends JournalEntry ? Omit<Entry, 'seq' | 'at'> : never;

/** A journal entry before the writer gives it its number and time. */
export type NewJournalEntry = Unstamped<JournalEntry>;

/** Numbers entries and appends them one after the other. */
export interface JournalWriter {
  /**
   * Returns when the entry is on disk. After one failed append nothing more is written, because a line behind a torn
   * one would damage the journal; every later call throws the first failure.
   */
  write(entry: NewJournalEntry): Promise<void>;
  /** The failed append; undefined while the journal works. */
  findFailure(): OsrelError | undefined;
}

export interface JournalWriterRequest {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly runId: string;
  readonly firstSeq: number;
}

export function createJournalWriter({
  journal,
  clock,
  runId,
  firstSeq,
}: JournalWriterRequest): JournalWriter {
  let seq = firstSeq;
  let failure: OsrelError | undefined;
  let last: Promise<void> = Promise.resolve();

  async function append(entry: NewJournalEntry): Promise<void> {
    if (failure !== undefined) throw failure;
    try {
      await journal.append({ ...entry, seq, at: clock.now() });
      seq += 1;
    } catch (error) {
      failure = asUnwritable(error, runId);
      throw failure;
    }
  }

  return {
    write(entry) {
      const written = last.then(() => append(entry));
      last = written.catch(() => undefined);
      return written;
    },
    findFailure: () => failure,
  };
}

function asUnwritable(error: unknown, runId: string): OsrelError {
  const because = error instanceof Error ? error.message : String(error);
  const code = isDiskFull(error) ? 'disk.full' : 'journal.unwritable';
  return toolFailed(code, `the journal of run ${runId} cannot be written: ${because}`, {
    hint: `${code === 'disk.full' ? 'free some space' : 'make the journal writable'}, then continue with osrel resume ${runId}`,
    cause: error,
  });
}

function isDiskFull(error: unknown): boolean {
  if (asOsrelError(error)?.code === 'disk.full') return true;
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? error.code : undefined;
  return code === 'ENOSPC' || code === 'EDQUOT';
}
