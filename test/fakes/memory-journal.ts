import { type Journal, type JournalEntry, journalEntrySchema } from '@osrel/core';

/** A journal that outlives the executions of a test, like the file outlives a process. */
export interface MemoryJournal extends Journal {
  /** One line of JSON an entry. */
  readonly lines: string[];
  entries(): readonly JournalEntry[];
}

export function createMemoryJournal(): MemoryJournal {
  const lines: string[] = [];
  const entries = () => lines.map((line) => journalEntrySchema.parse(JSON.parse(line)));
  return {
    lines,
    entries,
    read: async () => entries(),
    append: async (entry) => {
      lines.push(JSON.stringify(journalEntrySchema.parse(entry)));
    },
  };
}
