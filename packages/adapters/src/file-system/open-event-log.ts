import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { CUT_MARK, type Redactor, type RunStore } from '@osrel/core';
import { makeFolder } from './atomic-file.ts';
import { writeError } from './file-errors.ts';
import { segmentOf } from './safe-segments.ts';

export type EventLog = Awaited<ReturnType<RunStore['openEventLog']>>;

/** Characters after which waiting lines are written even within one turn of the event loop. */
const LARGEST_BATCH = 262_144;

interface StepLog {
  readonly file: TextFile;
  /** Whole lines, each with its end. */
  waiting: string;
}

/**
 * Keeps log lines in `logs/<step>.log` and all other events of a run in `events.jsonl`: the output of a build is large
 * enough to be written once. Lines must come redacted, as those of a fan-out do: whether a line is part of a secret can
 * only be told once, with its neighbours. Everything else is redacted here again. `keep` gathers what comes in one
 * turn of the event loop and then writes it, in order; a disk that is slow slows the run, instead of filling the
 * memory. `close` resolves when all is on disk and throws the first write error (tool `disk.full`): lost log lines must
 * not stop a run, but nobody shall believe they are there.
 */
export async function openEventLog(folder: string, redactor: Pick<Redactor, 'text'>): Promise<EventLog> {
  const logs = join(folder, 'logs');
  await makeFolder(logs);
  const events = createTextFile(join(folder, 'events.jsonl'));
  const byStep = new Map<string, StepLog>();
  let waitingLength = 0;
  let isScheduled = false;

  const openLog = (stepId: string): StepLog => {
    const log = { file: createTextFile(join(logs, `${segmentOf(stepId)}.log`)), waiting: '' };
    byStep.set(stepId, log);
    return log;
  };
  const flush = (): void => {
    waitingLength = 0;
    for (const log of byStep.values()) {
      const text = log.waiting;
      if (text === '') continue;
      log.waiting = '';
      log.file.write(text);
    }
  };
  const flushSoon = (): void => {
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      flush();
    });
  };
  const addLines = (stepId: string, text: string): void => {
    const log = byStep.get(stepId) ?? openLog(stepId);
    log.waiting += text.endsWith(CUT_LINE_END) ? text.slice(0, -CUT_LINE_END.length) : text;
    waitingLength += text.length;
    if (waitingLength > LARGEST_BATCH) flush();
    else if (!isScheduled) flushSoon();
  };
  return {
    keep(event) {
      if (event.type === 'step-log') addLines(event.stepId, `${event.line}\n`);
      else events.write(`${JSON.stringify(redactValue(event, redactor))}\n`);
    },
    keepLines: ({ stepId, text }) => addLines(stepId, text),
    async close() {
      flush();
      const files = [events, ...[...byStep.values()].map(({ file }) => file)];
      const failures = files.map((file) => file.close());
      const first = failures.find((failure) => failure !== undefined);
      if (first !== undefined) throw first;
    },
  };
}

/** The pieces of a long line become one line again. */
const CUT_LINE_END = `${CUT_MARK}\n`;

/** Redacts every string of a JSON value, keys too, so that the line stays JSON whatever the secret looks like. */
function redactValue(value: unknown, redactor: Pick<Redactor, 'text'>): unknown {
  if (typeof value === 'string') return redactor.text(value);
  if (Array.isArray(value)) return value.map((item) => redactValue(item, redactor));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [redactor.text(key), redactValue(item, redactor)]),
  );
}

interface TextFile {
  readonly write: (text: string) => void;
  /** Flushes to disk; gives the first error that a write had. */
  readonly close: () => unknown;
}

/** A file that is made at the first write and appended to. */
function createTextFile(path: string): TextFile {
  let descriptor: number | undefined;
  let failure: unknown;
  const attempt = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      failure ??= writeError(error, path);
    }
  };
  return {
    write(text) {
      if (failure !== undefined) return;
      attempt(() => {
        descriptor ??= openSync(path, 'a');
        writeWhole(descriptor, Buffer.from(text));
      });
    },
    close() {
      const open = descriptor;
      descriptor = undefined;
      if (open !== undefined) {
        if (failure === undefined) attempt(() => fsyncSync(open));
        attempt(() => closeSync(open));
      }
      return failure;
    },
  };
}

/** A full disk may take a part of it before it refuses. */
function writeWhole(descriptor: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
}
