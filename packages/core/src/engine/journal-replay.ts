import { integrityBroken, type OsrelError } from '../errors/osrel-error.ts';
import type { Plan } from '../plan/plan.ts';
import type { JournalEntry } from './journal.ts';
import type { RunOutcomeWord } from './run-event.ts';

/** What a finished step left in the journal, with the digest of the input it was made from. */
export interface JournalReceipt {
  readonly inputDigest: string;
  readonly how: 'done' | 'adopted';
  readonly receipt: unknown;
  readonly durationMs: number;
}

export interface ReplayedJournal {
  /** The latest receipt of each finished step, by step id. */
  readonly receipts: ReadonlyMap<string, JournalReceipt>;
  readonly nextSeq: number;
  /** True when an earlier process worked on this run. */
  readonly resumed: boolean;
  /** How the last process left the run; null when it was cut short or never started. */
  readonly lastOutcome: RunOutcomeWord | null;
}

/**
 * What a journal says about a plan. Throws integrity `journal.other-plan` when it belongs to another plan and
 * `journal.damaged` when entries are missing, repeated or about steps that the plan does not have.
 */
export function replayJournal(entries: readonly JournalEntry[], plan: Plan): ReplayedJournal {
  const known = new Set(plan.steps.map(({ id }) => id));
  const receipts = new Map<string, JournalReceipt>();
  for (const [index, entry] of entries.entries()) {
    checkEntry({ entry, index, plan, known });
    if (entry.type !== 'step-succeeded') continue;
    const { inputDigest, how, receipt, durationMs } = entry;
    receipts.set(entry.stepId, { inputDigest, how, receipt, durationMs });
  }
  const last = entries.at(-1);
  return {
    receipts,
    nextSeq: entries.length,
    resumed: entries.length > 0,
    lastOutcome: last?.type === 'run-finished' ? last.outcome : null,
  };
}

interface Place {
  readonly entry: JournalEntry;
  readonly index: number;
  readonly plan: Plan;
  readonly known: ReadonlySet<string>;
}

function checkEntry({ entry, index, plan, known }: Place): void {
  if (entry.seq !== index) throw damaged(`line ${index + 1} has the number ${entry.seq} instead of ${index}`);
  if (index === 0 && entry.type !== 'run-started')
    throw damaged(`it begins with "${entry.type}" instead of "run-started"`);
  if (entry.type === 'run-started' && entry.planId !== plan.planId) {
    throw integrityBroken(
      'journal.other-plan',
      `the journal of run ${entry.runId} belongs to plan ${entry.planId}, not to plan ${plan.planId}`,
      { hint: 'start a new run of this plan, or resume the run with its own plan' },
    );
  }
  if ('stepId' in entry && !known.has(entry.stepId)) {
    throw damaged(`line ${index + 1} is about step "${entry.stepId}", which the plan does not have`);
  }
}

function damaged(what: string): OsrelError {
  return integrityBroken('journal.damaged', `the journal is damaged: ${what}`, {
    hint: 'start a new run; what is done already is found and adopted',
  });
}
