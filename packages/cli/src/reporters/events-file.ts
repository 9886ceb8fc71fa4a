import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { badUsage } from '@osrel/core';
import { createJsonlReporter } from './jsonl-reporter.ts';
import type { Reporter } from './reporter.ts';

/**
 * Keeps every event in a file as NDJSON (`--events FILE`); an earlier file is replaced.
 * Throws usage `events.unwritable` at once; a disk that fills up later ends the keeping, not the run.
 */
export function createEventsFile(file: string): Reporter {
  const descriptor = open(file);
  let failure: unknown;
  const jsonl = createJsonlReporter((text) => {
    if (failure !== undefined) return;
    try {
      writeSync(descriptor, text);
    } catch (error) {
      failure = error;
    }
  });
  return { ...jsonl, close: async () => closeSync(descriptor) };
}

function open(file: string): number {
  try {
    mkdirSync(dirname(file), { recursive: true });
    return openSync(file, 'w');
  } catch (error) {
    throw badUsage('events.unwritable', `the events file ${file} cannot be written`, {
      hint: 'name a file in a folder that you can write to',
      cause: error,
    });
  }
}
