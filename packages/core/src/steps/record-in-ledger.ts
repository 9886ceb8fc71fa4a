import { z } from 'zod';
import { conflict, integrityBroken, OsrelError } from '../errors/osrel-error.ts';
import {
  digestOfEntryText,
  type LedgerEntry,
  parseLedgerEntry,
  renderLedgerEntry,
} from '../model/ledger-entry.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import { defineStepKind, notDone } from './step-kind.ts';

const input = z.strictObject({
  /** Folder of the ledger in the store, without a slash at its end. */
  folder: z.string(),
  action: z.enum(['withdraw', 'rollback']),
  application: z.string(),
  version: z.string(),
  replacement: z.string().nullable(),
  reason: z.string(),
});

const output = z.strictObject({ number: z.number() });

/** How often a number is tried again that somebody else took first. */
const ATTEMPTS = 8;

/**
 * Writes down what is about to be taken back and why, before anything is: an object of its own, made only where there is
 * none, that names the digest of the one before. So the history can be read and checked, and not rewritten unnoticed.
 */
export const recordInLedger = defineStepKind({
  kind: 'record-in-ledger',
  writes: true,
  input,
  output,
  ports: ['objectStore', 'clock'],
  concurrency: 1,
  probe: async ({ folder, ...wanted }, { ports, planId }) => {
    const known = await readLedger(ports.objectStore, folder);
    const own = known.find(({ entry }) => isAbout(entry, { ...wanted, planId }));
    if (own === undefined) return notDone;
    const { number } = own.entry;
    return { done: true, output: { number }, because: `entry ${number} of the ledger says so already` };
  },
  run: async ({ folder, ...wanted }, { ports, planId, log }) => {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const known = await readLedger(ports.objectStore, folder);
      const own = known.find(({ entry }) => isAbout(entry, { ...wanted, planId }));
      if (own !== undefined) return { number: own.entry.number };
      const last = known.at(-1);
      const entry: LedgerEntry = {
        ...wanted,
        schemaVersion: 1,
        number: (last?.entry.number ?? 0) + 1,
        previous: last === undefined ? null : digestOfEntryText(last.text),
        at: ports.clock.now(),
        planId,
      };
      if (await addEntry(ports.objectStore, folder, entry)) {
        log(`entry ${entry.number} of ${folder}: ${wanted.action} ${wanted.version}: ${wanted.reason}`);
        return { number: entry.number };
      }
    }
    throw conflict('ledger.busy', `others keep writing into ${folder}`, { retryable: true });
  },
});

/**
 * An entry of this plan, or of the same withdrawal by another run that was cut: a version is withdrawn once, whatever
 * `latest` was by then. A rollback may happen to a version more than once.
 */
function isAbout(
  entry: LedgerEntry,
  wanted: Pick<LedgerEntry, 'planId' | 'action' | 'application' | 'version' | 'reason'>,
): boolean {
  if (entry.planId === wanted.planId) return true;
  return (
    wanted.action === 'withdraw' &&
    entry.action === 'withdraw' &&
    entry.application === wanted.application &&
    entry.version === wanted.version &&
    entry.reason === wanted.reason
  );
}

interface ReadEntry {
  readonly entry: LedgerEntry;
  readonly text: string;
}

async function readLedger(store: ObjectStore, folder: string): Promise<readonly ReadEntry[]> {
  const objects = (await store.list(`${folder}/`)).toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const entries: ReadEntry[] = [];
  for (const { key } of objects) {
    const text = (await store.readText(key))?.text;
    if (text === undefined) continue;
    const entry = parseLedgerEntry(text, key);
    const before = entries.at(-1);
    const expected = before === undefined ? null : digestOfEntryText(before.text);
    if (entry.previous !== expected) throw broken(key, entry, expected);
    entries.push({ entry, text });
  }
  return entries;
}

async function addEntry(store: ObjectStore, folder: string, entry: LedgerEntry): Promise<boolean> {
  try {
    await store.putText({
      key: `${folder}/${String(entry.number).padStart(6, '0')}.json`,
      text: renderLedgerEntry(entry),
      mediaType: 'application/json',
      visibility: 'private',
      expected: { kind: 'absent' },
    });
    return true;
  } catch (error) {
    if (error instanceof OsrelError && error.code === 'store.precondition') return false;
    throw error;
  }
}

function broken(key: string, entry: LedgerEntry, expected: string | null): OsrelError {
  return integrityBroken('ledger.broken', `${key} does not follow the entry before it`, {
    hint: 'an entry was removed or changed: find out who, and put it back',
    details: { previous: entry.previous, expected },
  });
}
