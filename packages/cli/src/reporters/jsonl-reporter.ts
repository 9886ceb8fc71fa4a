import { listLogEvents } from '@osrel/core';
import type { Reporter } from './reporter.ts';

/** Every event as one JSON line. */
export function createJsonlReporter(write: (text: string) => void): Reporter {
  return {
    emit: (event) => write(`${JSON.stringify(event)}\n`),
    emitLines: (lines) =>
      write(
        listLogEvents(lines)
          .map((event) => `${JSON.stringify(event)}\n`)
          .join(''),
      ),
    close: async () => undefined,
  };
}
