import type { Plan } from '../plan/plan.ts';
import type { JournalEntry } from './journal.ts';
import type { EventSink } from './run-event.ts';
import type { LinesSink } from './step-lines.ts';

/** The journal of one run, append-only; `append` returns after the line is on disk (fsync). */
export interface Journal {
  /** Entries in order, without a torn last line (crash while appending); anything else malformed throws integrity. */
  read(): Promise<readonly JournalEntry[]>;
  append(entry: JournalEntry): Promise<void>;
}

export interface RunRecord {
  readonly runId: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly plan: Plan;
  readonly journal: Journal;
}

export interface RunSummary {
  readonly runId: string;
  readonly startedAt: string;
  readonly planId: string;
  readonly target: Plan['target'];
  readonly environment: string;
  /** `running`: a live process holds the release's lock; `interrupted`: nobody does, and no outcome was written. */
  readonly outcome: 'done' | 'failed' | 'cancelled' | 'running' | 'interrupted' | 'refused';
}

/** What a run that never started left behind, so that `why` can tell. */
export interface RefusalRecord {
  readonly runId: string;
  readonly startedAt: string;
  readonly command: string;
  readonly target: Partial<Plan['target']>;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint: string | null;
    readonly exitCode: number;
  };
  readonly decisions: Plan['decisions'];
}

export interface KeptLog {
  readonly stepId: string;
  /** File name to keep it under. */
  readonly name: string;
  /** A file by its absolute path, or the text itself. */
  readonly content: { readonly path: string } | { readonly text: string };
  /** `text`: secrets are hidden in it. `binary`: kept as it is. */
  readonly kind: 'text' | 'binary';
}

/** Where runs are kept: `.osrel/runs/<runId>/{plan.json,journal.jsonl,events.jsonl,logs/}`. */
export interface RunStore {
  create(plan: Plan): Promise<RunRecord>;
  /**
   * Throws usage `run.unknown` (with the known ids), integrity `plan.altered` when plan.json is not the plan that was
   * journalled.
   */
  open(runId: string): Promise<RunRecord>;
  /** Newest first. */
  list(): Promise<readonly RunSummary[]>;
  recordRefusal(refusal: Omit<RefusalRecord, 'runId'>): Promise<string>;
  listRefusals(): Promise<readonly RefusalRecord[]>;
  /** Keeps a copy of what a tool left behind, as `logs/<stepId>/<name>`; a missing file is no error. */
  keepLog(log: KeptLog & { readonly runId: string }): Promise<void>;
  /**
   * A sink that keeps log lines in logs/<step>.log and other events in events.jsonl; `close` flushes. Log lines must
   * come redacted (only who sees all of them can tell a secret of several lines), everything else is redacted here.
   */
  openEventLog(runId: string): Promise<{
    readonly keep: EventSink;
    readonly keepLines: LinesSink;
    readonly close: () => Promise<void>;
  }>;
}
