import { createHash } from 'node:crypto';
import { z } from 'zod';
import { integrityBroken } from '../errors/osrel-error.ts';
import { canonicalJsonText } from './json.ts';
import { placesIn, problemsOfIssues } from './schema-problems.ts';

/** One line of the history of what was taken back: an object of its own, made once, never changed. */
export interface LedgerEntry {
  readonly schemaVersion: 1;
  /** 1 for the first of a device type. */
  readonly number: number;
  /** Hex sha256 of the text of the entry before; null for the first. */
  readonly previous: string | null;
  /** ISO 8601. */
  readonly at: string;
  readonly action: 'withdraw' | 'rollback';
  readonly application: string;
  /** What was taken back. */
  readonly version: string;
  /** What is offered instead; null when nothing is. */
  readonly replacement: string | null;
  readonly reason: string;
  /** The plan that did it. */
  readonly planId: string;
}

const schema = z.strictObject({
  schemaVersion: z.literal(1),
  number: z.number().int().positive(),
  previous: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  at: z.string(),
  action: z.enum(['withdraw', 'rollback']),
  application: z.string(),
  version: z.string(),
  replacement: z.string().nullable(),
  reason: z.string(),
  planId: z.string(),
});

/** Reads the text of an entry; `where` names it. Throws integrity `ledger.malformed`. */
export function parseLedgerEntry(text: string, where: string): LedgerEntry {
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw integrityBroken('ledger.malformed', `${where} is no entry of the ledger`, {
    hint: 'find out who changed it: entries are made once and never changed',
    problems: problemsOfIssues(parsed.error.issues, {
      at: placesIn(where),
      knownKeys: Object.keys(schema.shape),
    }),
  });
}

/** The text of an entry: sorted keys, stable bytes. */
export function renderLedgerEntry(entry: LedgerEntry): string {
  return canonicalJsonText(entry);
}

/** What the next entry names as its `previous`. */
export function digestOfEntryText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
