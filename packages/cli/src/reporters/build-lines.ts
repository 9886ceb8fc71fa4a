import { listLines, type Plan } from '@osrel/core';
import { plainLine } from '../text/wrap.ts';

/** Lines of a failing task's own log that a build repeats on its console; the last ones tell most. */
const KEPT_QUOTES = 30;

/** Characters at the end of a line in which its last word stands, with what colours it. */
const LINE_TAIL = 64;

/** Beginnings of what bitbake says of each of thousands of tasks and recipes. */
const ROUTINE =
  /^(?:NOTE: (?:Running |Executing |No setscene tasks|Resolving any missing)|Loading cache|Loaded \d+ entries|Parsing recipes|Initialising tasks|Checking sstate mirror object|Currently +\d+ running|No currently running)/;

const NOTHING: readonly string[] = [];

/**
 * The console of builds for a log of lines. `telling`: without what bitbake says of every single task, and only the end
 * of the logs it quotes; everything is in the kept log. Lines of other steps pass.
 */
export function createBuildLines(amount: 'telling' | 'all') {
  const builds = new Set<string>();
  const quoted = new Map<string, { readonly last: string[]; dropped: number }>();
  const takeQuotes = (stepId: string): readonly string[] => {
    const quotes = quoted.get(stepId);
    quoted.delete(stepId);
    if (quotes === undefined) return [];
    const note =
      quotes.dropped === 0
        ? []
        : [`(${quotes.dropped} lines more are in the kept log: osrel logs last ${stepId})`];
    return [...note, ...quotes.last.map(plainLine)];
  };
  const quote = (stepId: string, line: string): void => {
    const quotes = quoted.get(stepId) ?? { last: [], dropped: 0 };
    quoted.set(stepId, quotes);
    quotes.last.push(line);
    if (quotes.last.length <= KEPT_QUOTES) return;
    quotes.last.shift();
    quotes.dropped += 1;
  };
  const takeOne = (stepId: string, raw: string): readonly string[] => {
    if (amount === 'all' || !builds.has(stepId)) return [plainLine(raw)];
    // Nearly every line is known by how it begins; making all of them plain would cost most of the time.
    if (!isQuote(raw) && isRoutine(raw)) return NOTHING;
    const line = isQuote(raw) ? raw : plainLine(raw);
    if (!isQuote(line)) return isRoutine(line) ? NOTHING : [...takeQuotes(stepId), line];
    quote(stepId, line);
    return NOTHING;
  };
  return {
    begin: (plan: Plan): void => {
      for (const step of plan.steps) if (step.kind === 'build-service') builds.add(step.id);
    },
    has: (stepId: string): boolean => builds.has(stepId),
    /** What to print for one more line, without control characters; often nothing. */
    take: takeOne,
    /** The same for whole lines, each with a line feed at its end. */
    takeLines: (stepId: string, text: string): readonly string[] => {
      const shown: string[] = [];
      for (const raw of listLines(text)) for (const line of takeOne(stepId, raw)) shown.push(line);
      return shown;
    },
    /** What was held back when the step ends. */
    end: takeQuotes,
  };
}

/** A line in which a build complains: `ERROR: ...`, `WARNING: ...`, and barys' own `[000000012][ERROR]...`. */
export function isComplaint(line: string): boolean {
  return /^(?:ERROR|WARNING|FATAL): |^\[\d{9}\]\[(?:ERROR|WARNING)\]/.test(line);
}

export function isErrorLine(line: string): boolean {
  return /^(?:ERROR|FATAL): |^\[\d{9}\]\[ERROR\]/.test(line);
}

function isQuote(line: string): boolean {
  return line.startsWith('| ') || line === '|';
}

function isRoutine(line: string): boolean {
  if (!line.startsWith('NOTE: recipe ')) return line === '' || ROUTINE.test(line);
  const tail = line.slice(-LINE_TAIL);
  return !tail.includes(': Failed') || !plainLine(tail).endsWith(': Failed');
}
