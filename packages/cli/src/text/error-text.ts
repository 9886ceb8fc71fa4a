import { asOsrelError, DEFECT_EXIT_CODE } from '@osrel/core';
import type { Paint } from './paint.ts';
import { cutToWidth, plainLine, wrapText } from './wrap.ts';

export interface ErrorView {
  readonly paint: Paint;
  /** `--debug`: stack and causes too. */
  readonly stacks: 'shown' | 'hidden';
  /** Versions for the report of a defect: `osrel 0.1.0, node v24.21.0, linux x64`. */
  readonly versions: string;
}

/** JSON of a failure as `--json` prints it (cli.md, JSON). */
export interface ErrorDocument {
  readonly schemaVersion: 1;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint: string | null;
    readonly exitCode: number;
    readonly details: Readonly<Record<string, unknown>>;
  };
}

const WIDTH = 100;
const QUOTED_LINES = 25;
const QUOTED_WIDTH = 240;
const FACT_NAMES = { recipe: 'recipe', task: 'task', logFile: 'log' } as const;

/** What went wrong, for people: message, every problem with its place, hint; a defect asks to be reported. */
export function renderError(error: unknown, view: ErrorView): string {
  const known = asOsrelError(error);
  if (known === undefined) return renderDefect(error, view);
  const { paint } = view;
  const lines = [
    `${paint.bad(`error[${known.code}]:`)} ${wrapFirstLine(inert(known.message))}`,
    ...known.problems.map(
      (problem) => `  ${paint.strong(inert(problem.at))}: ${wrapText(inert(problem.message), WIDTH, '    ')}`,
    ),
    ...renderFailedTask(known.details, paint),
    ...(known.hint === undefined ? [] : [`${paint.note('hint:')} ${wrapText(inert(known.hint), WIDTH)}`]),
    ...(view.stacks === 'shown' ? [renderStack(known)] : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** What a failed build tells of its first failed task: who, where its log is, and the end of it. */
function renderFailedTask(details: Readonly<Record<string, unknown>>, paint: Paint): readonly string[] {
  const facts = (['recipe', 'task', 'logFile'] as const).flatMap((name) => {
    const value = details[name];
    return typeof value === 'string' && value !== '' ? [[FACT_NAMES[name], inert(value)] as const] : [];
  });
  const lines = Array.isArray(details.lastLines) ? details.lastLines.map(String) : [];
  const shown = lines.slice(-QUOTED_LINES);
  return [
    ...facts.map(([name, value]) => `  ${paint.strong(name.padEnd(6))} ${value}`),
    ...(shown.length === 0 ? [] : [`  ${paint.strong('its last lines')}`]),
    ...shown.map((line) => `    ${paint.faint('|')} ${cutToWidth(inertLine(line), QUOTED_WIDTH)}`),
  ];
}

/** The same for programs. */
export function errorDocument(error: unknown): ErrorDocument {
  const known = asOsrelError(error);
  if (known === undefined) {
    const hint = 'this is a defect of osrel; run again with --debug and report it';
    return {
      schemaVersion: 1,
      error: { code: 'defect', message: messageOf(error), hint, exitCode: DEFECT_EXIT_CODE, details: {} },
    };
  }
  const details =
    known.problems.length === 0 ? known.details : { ...known.details, problems: known.problems };
  const { code, message, exitCode } = known;
  return { schemaVersion: 1, error: { code, message, hint: known.hint ?? null, exitCode, details } };
}

/** The process exit code of a thrown value. */
export function exitCodeOf(error: unknown): number {
  return asOsrelError(error)?.exitCode ?? DEFECT_EXIT_CODE;
}

function renderDefect(error: unknown, view: ErrorView): string {
  const { paint } = view;
  const lines = [
    `${paint.bad('error[defect]:')} ${inert(messageOf(error))}`,
    '',
    'This is a defect of osrel, not of your release. What was finished is kept; nothing is half-done in the journal.',
    'Please report it with the text below and the command you ran:',
    `  ${view.versions}`,
    ...(view.stacks === 'shown'
      ? [renderStack(error)]
      : [`${paint.note('hint:')} run again with --debug to see where it happened`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** Text from outside (a name, a line of a file) must not move the cursor of a terminal or colour what follows. */
function inert(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]/gu, (letter) => {
    const digits = letter.charCodeAt(0).toString(16).padStart(2, '0');
    return `\\x${digits}`;
  });
}

/** A line of a log: colours are dropped, not shown. */
function inertLine(line: string): string {
  return plainLine(line.replaceAll('\n', ' '));
}

/** Further lines are quoted from a log and stay as they are. */
function wrapFirstLine(text: string): string {
  const [first = '', ...rest] = text.split('\n');
  return [wrapText(first, WIDTH), ...rest].join('\n');
}

function renderStack(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by: ${renderStack(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : `thrown: ${String(error)}`;
}
