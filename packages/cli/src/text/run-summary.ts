import type { Plan, RunReport, StepReport } from '@osrel/core';
import { countOutcomes } from '../reporters/event-line.ts';
import { formatDuration } from './duration.ts';
import { markOutcome } from './outcome-mark.ts';
import type { Paint } from './paint.ts';
import { suiteNoteOf } from './suite-note.ts';
import { renderTable } from './table.ts';
import { plainLine } from './wrap.ts';

/** Rows of the table at most, so that the whole summary stays below 60 lines. */
const ROWS = 44;
const REASONS = 8;
const NOTE_WIDTH = 72;

/** The last words about a run: one line a step, what was left out and why, one line in total. */
export function renderRunSummary(plan: Plan, report: RunReport, paint: Paint): string {
  const { shown, hidden } = chooseRows(report.steps);
  const rows = shown.map((step) => [
    step.stage,
    step.id,
    markOutcome(step.outcome, paint),
    step.outcome === 'done' ? formatDuration(step.durationMs) : '',
    noteOf(step),
  ]);
  const table = renderTable(
    [
      { title: 'STAGE' },
      { title: 'STEP' },
      { title: 'OUTCOME' },
      { title: 'TIME', align: 'right' },
      { title: 'NOTE' },
    ],
    rows,
  );
  const more = hidden === 0 ? '' : `… and ${hidden} more that are done\n`;
  return `${table}${more}${renderLeftOut(plan)}${renderTotal(plan, report, paint)}\n`;
}

function chooseRows(steps: readonly StepReport[]): {
  readonly shown: readonly StepReport[];
  readonly hidden: number;
} {
  if (steps.length <= ROWS) return { shown: steps, hidden: 0 };
  const telling = steps.filter((step) => step.outcome !== 'done').slice(0, ROWS);
  const room = new Set([
    ...telling,
    ...steps.filter((step) => step.outcome === 'done').slice(0, ROWS - telling.length),
  ]);
  return { shown: steps.filter((step) => room.has(step)), hidden: steps.length - room.size };
}

function noteOf(step: StepReport): string {
  const note =
    step.error === null
      ? (step.because ?? suiteNoteOf(step.kind, step.receipt) ?? '')
      : `error[${step.error.code}]`;
  const line = plainLine(note.replaceAll('\n', ' '));
  return line.length <= NOTE_WIDTH ? line : `${line.slice(0, NOTE_WIDTH - 1)}…`;
}

function renderLeftOut(plan: Plan): string {
  const left = plan.decisions.filter(
    (decision) => decision.outcome === 'skip' || decision.outcome === 'refuse',
  );
  const lines = left.slice(0, REASONS).map((decision) => `  ${decision.rule}: ${decision.because}\n`);
  return lines.length === 0 ? '' : `\nleft out (osrel why STAGE tells more)\n${lines.join('')}`;
}

function renderTotal(plan: Plan, report: RunReport, paint: Paint): string {
  const durationMs = report.steps.reduce((sum, step) => sum + step.durationMs, 0);
  const counts = countOutcomes(report.steps.map((step) => step.outcome));
  const { machine, version } = plan.target;
  return `\n${markOutcome(report.outcome, paint)}: ${machine} ${version}, ${counts === '' ? 'nothing to do' : counts}, ${formatDuration(durationMs)} of work, run ${report.runId}`;
}
