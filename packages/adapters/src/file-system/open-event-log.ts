import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Redactor, RunEvent, RunStore } from '@osrel/core';
import { makeFolder } from './atomic-file.ts';
import { writeError } from './file-errors.ts';
import { segmentOf } from './safe-segments.ts';

export type EventLog = Awaited<ReturnType<RunStore['openEventLog']>>;

interface LineFile {
  readonly add: (line: string) => void;
  /** Resolves when everything added is on disk. */
  readonly close: () => Promise<void>;
}

/**
 * Keeps the events of a run in `events.jsonl` and its log lines in `logs/<step>.log`, both redacted. `keep` only
 * queues; writing goes on behind it, in order. `close` resolves when all is on disk and throws the first write
 * error (tool `disk.full`): lost log lines must not stop a run, but nobody shall believe they are there.
 */
export async function openEventLog(folder: string, redactor: Pick<Redactor, 'text'>): Promise<EventLog> {
  const logs = join(folder, 'logs');
  await makeFolder(logs);
  const events = createLineFile(join(folder, 'events.jsonl'));
  const byStep = new Map<string, LineFile>();
  const logOf = (stepId: string) => {
    const known = byStep.get(stepId) ?? createLineFile(join(logs, `${segmentOf(stepId)}.log`));
    byStep.set(stepId, known);
    return known;
  };
  return {
    keep(event: RunEvent) {
      events.add(JSON.stringify(redactValue(event, redactor)));
      if (event.type === 'step-log') logOf(event.stepId).add(redactor.text(event.line));
    },
    async close() {
      const closed = await Promise.allSettled([events, ...byStep.values()].map((file) => file.close()));
      for (const one of closed) if (one.status === 'rejected') throw one.reason;
    },
  };
}

/** Redacts every string of a JSON value, keys too, so that the line stays JSON whatever the secret looks like. */
function redactValue(value: unknown, redactor: Pick<Redactor, 'text'>): unknown {
  if (typeof value === 'string') return redactor.text(value);
  if (Array.isArray(value)) return value.map((item) => redactValue(item, redactor));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [redactor.text(key), redactValue(item, redactor)]),
  );
}

/** A file that lines are appended to in batches: what came while one batch was written is the next batch. */
function createLineFile(path: string): LineFile {
  let waiting: string[] = [];
  let writing: Promise<void> | undefined;
  let handle: FileHandle | undefined;
  let failure: unknown;

  async function drain(): Promise<void> {
    try {
      handle ??= await open(path, 'a');
      while (waiting.length > 0) {
        const batch = `${waiting.join('\n')}\n`;
        waiting = [];
        await handle.appendFile(batch);
      }
    } catch (error) {
      failure ??= writeError(error, path);
      waiting = [];
    } finally {
      writing = undefined;
    }
  }

  return {
    add(line) {
      if (failure !== undefined) return;
      waiting.push(line);
      writing ??= drain();
    },
    async close() {
      await writing;
      try {
        if (failure === undefined) await handle?.sync();
      } finally {
        await handle?.close();
        handle = undefined;
      }
      if (failure !== undefined) throw failure;
    },
  };
}
