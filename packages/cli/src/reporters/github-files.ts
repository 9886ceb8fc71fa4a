import { appendFile, stat } from 'node:fs/promises';
import type { RunEvent } from '@osrel/core';
import { formatDuration } from '../text/duration.ts';
import { countOutcomes } from './event-line.ts';
import { cell, SIGNS } from './github-markdown.ts';

/** GitHub refuses a larger step summary. */
const SUMMARY_LIMIT_BYTES = 1024 * 1024;

/** Appends one table to the step summary, cut where the file would pass GitHub's limit. Nothing without a file. */
export async function appendSummary(file: string | undefined, events: readonly RunEvent[]): Promise<void> {
  if (file === undefined || file === '') return;
  const used = await sizeOf(file);
  const text = cutToBytes(renderSummary(events), SUMMARY_LIMIT_BYTES - used);
  if (text !== '') await appendFile(file, text);
}

/** The run as Markdown: heading, table, reasons of what was left out. */
export function renderSummary(events: readonly RunEvent[]): string {
  const start = events.find((event) => event.type === 'run-started');
  const end = events.findLast((event) => event.type === 'run-finished');
  const finished = events.filter((event) => event.type === 'step-finished');
  if (start === undefined) return '';
  const { plan } = start;
  const stageOf = new Map(plan.steps.map((step) => [step.id, step.stage]));
  const outcome = end === undefined ? 'interrupted' : `${end.outcome} in ${formatDuration(end.durationMs)}`;
  const rows = finished.map((event) => {
    const note =
      event.error === null ? (event.because ?? '') : `error[${event.error.code}] ${event.error.message}`;
    const time = event.fromJournal ? 'earlier' : formatDuration(event.durationMs);
    return `| ${stageOf.get(event.stepId) ?? ''} | ${cell(event.stepId)} | ${SIGNS[event.outcome]} ${event.outcome} | ${time} | ${cell(note)} |`;
  });
  const left = plan.decisions.filter(
    (decision) => decision.outcome === 'skip' || decision.outcome === 'refuse',
  );
  return [
    `### osrel: ${cell(plan.target.machine)} ${cell(plan.target.version)}: ${outcome}`,
    '',
    `${countOutcomes(finished.map((event) => event.outcome))}. Run \`${start.runId}\`, plan \`${plan.planId.slice(0, 12)}\`.`,
    '',
    '| Stage | Step | Outcome | Time | Note |',
    '|---|---|---|---:|---|',
    ...rows,
    '',
    ...left.map((decision) => `- ${cell(decision.rule)}: ${decision.outcome}, ${cell(decision.because)}`),
    '',
  ].join('\n');
}

/** Appends the outcome as step outputs; outputs are strings, so a flag is 'true' or 'false'. */
export async function appendOutputs(
  file: string | undefined,
  events: readonly RunEvent[],
  randomToken: () => string,
): Promise<void> {
  if (file === undefined || file === '') return;
  const text = Object.entries(outputsOf(events)).map(([name, value]) => {
    // A value cannot end its own block: the delimiter is not known to whoever made the value.
    const delimiter = `osrel_${randomToken()}`;
    return `${name}<<${delimiter}\n${value}\n${delimiter}\n`;
  });
  await appendFile(file, text.join(''));
}

function outputsOf(events: readonly RunEvent[]): Readonly<Record<string, string>> {
  const start = events.find((event) => event.type === 'run-started');
  const end = events.findLast((event) => event.type === 'run-finished');
  const receipts = events.flatMap((event) => (event.type === 'step-finished' ? [event.receipt] : []));
  return {
    outcome: end?.outcome ?? 'interrupted',
    'run-id': start?.runId ?? '',
    'plan-id': start?.plan.planId ?? '',
    version: start?.plan.target.version ?? '',
    'release-id': String(findValue(receipts, 'releaseId') ?? ''),
    'is-final': String(isFinalized(events)),
  };
}

/** Whether this run made the release final, or found it final. */
function isFinalized(events: readonly RunEvent[]): boolean {
  const steps = events.flatMap((event) => (event.type === 'run-started' ? event.plan.steps : []));
  const finalizing = steps.filter((step) => step.kind === 'finalize-release').map((step) => step.id);
  return events.some(
    (event) =>
      event.type === 'step-finished' &&
      finalizing.includes(event.stepId) &&
      (event.outcome === 'done' || event.outcome === 'adopted'),
  );
}

/** The last value of that name among the receipts. */
function findValue(receipts: readonly unknown[], name: string): unknown {
  return receipts
    .map((receipt) =>
      typeof receipt === 'object' && receipt !== null
        ? (receipt as Record<string, unknown>)[name]
        : undefined,
    )
    .findLast((value) => value !== undefined && value !== null);
}

function cutToBytes(text: string, room: number): string {
  if (Buffer.byteLength(text) <= room) return text;
  const note = '\n\n(cut: the step summary is full)\n';
  const kept = Buffer.from(text)
    .subarray(0, Math.max(0, room - Buffer.byteLength(note)))
    .toString('utf8');
  const whole = kept.slice(0, Math.max(0, kept.lastIndexOf('\n')));
  return whole === '' ? '' : `${whole}${note}`;
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
    throw error;
  }
}
