import { type EventError, listLogEvents, type Redactor, type RunEvent, type StepLines } from '@osrel/core';
import type { TextRedactor } from '../host.ts';
import { createRedactedLogs } from './redacted-logs.ts';
import type { Reporter } from './reporter.ts';

/**
 * One sink for several reporters. Texts are redacted once, before anybody sees them; log lines in batches, and always
 * before the next event of another kind. A reporter that throws is left out from then on, and its error is thrown at
 * `close`: what a run does must not depend on who watches.
 */
export function fanOut(
  reporters: readonly Reporter[],
  redactor: Pick<Redactor, 'text' | 'stream'>,
): Required<Reporter> {
  const failures = new Map<Reporter, unknown>();
  const tell = (work: (reporter: Reporter) => void): void => {
    for (const reporter of reporters) {
      if (failures.has(reporter)) continue;
      try {
        work(reporter);
      } catch (error) {
        failures.set(reporter, error);
      }
    }
  };
  const give = (event: RunEvent): void => tell((reporter) => reporter.emit(event));
  const giveLines = (lines: StepLines): void => {
    tell((reporter) => {
      if (reporter.emitLines !== undefined) reporter.emitLines(lines);
      else for (const event of listLogEvents(lines)) reporter.emit(event);
    });
  };
  const logs = createRedactedLogs(redactor, { give, giveLines });
  return {
    emitLines: logs.takeLines,
    emit: (event) => {
      if (event.type === 'step-log') return logs.take(event);
      if (event.type === 'step-finished') logs.end(event.stepId);
      if (event.type === 'run-finished') logs.end();
      logs.flush();
      give(redactEvent(event, redactor));
    },
    close: async () => {
      logs.end();
      const closed = await Promise.allSettled(reporters.map((reporter) => reporter.close()));
      const errors = [
        ...failures.values(),
        ...closed.flatMap((each) => (each.status === 'rejected' ? [each.reason] : [])),
      ];
      if (errors.length > 0) throw errors[0];
    },
  };
}

/** The event with secrets hidden in everything that comes from tools and remote sides. */
export function redactEvent(event: RunEvent, redactor: TextRedactor): RunEvent {
  switch (event.type) {
    case 'step-log':
      return { ...event, line: redactor.text(event.line) };
    case 'step-retrying':
      return { ...event, error: redactError(event.error, redactor) };
    case 'step-finished':
      return {
        ...event,
        because: event.because === null ? null : redactor.text(event.because),
        error: event.error === null ? null : redactError(event.error, redactor),
        receipt: redactValue(event.receipt, redactor),
      };
    case 'run-finished':
      return { ...event, error: event.error === null ? null : redactError(event.error, redactor) };
    default:
      return event;
  }
}

function redactError(error: EventError, redactor: TextRedactor): EventError {
  return {
    ...error,
    message: redactor.text(error.message),
    hint: error.hint === null ? null : redactor.text(error.hint),
  };
}

/** Every string in a JSON value redacted. */
export function redactValue(value: unknown, redactor: TextRedactor): unknown {
  if (typeof value === 'string') return redactor.text(value);
  if (Array.isArray(value)) return value.map((item) => redactValue(item, redactor));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactValue(item, redactor)]));
}
