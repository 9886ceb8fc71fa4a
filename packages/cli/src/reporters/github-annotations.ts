import type { RunEvent } from '@osrel/core';
import type { BuildComplaint } from './build-complaints.ts';
import { workflowCommand } from './workflow-command.ts';

type Finished = RunEvent & { readonly type: 'step-finished' };

/** GitHub shows ten of each kind for a step of a job and drops the rest without a word. */
const LIMIT = 10;

/**
 * Annotations of a finished run, most important first: failures as errors, what builds complained of, then blocked
 * steps, retries, warnings.
 */
export function listAnnotations(
  events: readonly RunEvent[],
  complaints: readonly BuildComplaint[] = [],
): readonly string[] {
  const finished = events.filter((event): event is Finished => event.type === 'step-finished');
  const errors = finished.filter((event) => event.outcome === 'failed').map(failureOf);
  const end = events.findLast((event) => event.type === 'run-finished');
  if (errors.length === 0 && end?.type === 'run-finished' && end.error !== null) {
    errors.push({ title: `error[${end.error.code}]`, text: withHint(end.error.message, end.error.hint) });
  }
  errors.push(...complaints.map(({ stepId, text }) => ({ title: stepId, text })));
  const blocked = finished.filter((event) => event.outcome === 'blocked').map((event) => event.stepId);
  const warnings = [
    ...(blocked.length === 0
      ? []
      : [
          {
            title: 'blocked',
            text: `${blocked.length} step(s) could not start: ${blocked.slice(0, 20).join(', ')}`,
          },
        ]),
    ...retriesOf(events),
    ...(end?.type === 'run-finished'
      ? end.decisions.filter((decision) => decision.outcome === 'warn')
      : []
    ).map((decision) => ({
      title: decision.rule,
      text: decision.because,
    })),
  ];
  return [...render('error', errors), ...render('warning', warnings)];
}

interface Note {
  readonly title: string;
  readonly text: string;
}

function failureOf(event: Finished): Note {
  if (event.error === null) return { title: `${event.stepId} failed`, text: event.because ?? 'failed' };
  return {
    title: `${event.stepId}: error[${event.error.code}]`,
    text: withHint(event.error.message, event.error.hint),
  };
}

function withHint(message: string, hint: string | null): string {
  return hint === null ? message : `${message}\nhint: ${hint}`;
}

function retriesOf(events: readonly RunEvent[]): readonly Note[] {
  const retries = events.filter((event) => event.type === 'step-retrying');
  const steps = [...new Set(retries.map((event) => event.stepId))];
  return steps.map((stepId) => {
    const own = retries.filter((event) => event.stepId === stepId);
    const last = own.at(-1);
    return {
      title: `${stepId} was tried again`,
      text: `${own.length} failed attempt(s); last: ${last?.error.message ?? ''}`,
    };
  });
}

function render(kind: 'error' | 'warning', notes: readonly Note[]): readonly string[] {
  const shown = notes.length > LIMIT ? notes.slice(0, LIMIT - 1) : notes;
  const rest = notes.length - shown.length;
  const lines = shown.map((note) => workflowCommand(kind, note.text, { title: note.title }));
  return rest === 0
    ? lines
    : [...lines, workflowCommand(kind, `${rest} more; see the log`, { title: 'and more' })];
}
