import type { Reporter } from './reporter.ts';

/** Every event as one JSON line. */
export function createJsonlReporter(write: (text: string) => void): Reporter {
  return {
    emit: (event) => write(`${JSON.stringify(event)}\n`),
    close: async () => undefined,
  };
}
