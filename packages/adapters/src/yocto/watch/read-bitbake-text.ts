import type { TakeSign } from './build-sign.ts';

const SHARED_STATE = 'Sstate summary: ';
const ATTEMPTED = 'Tasks Summary: Attempted ';
/** These lines are short; a hostile one is cut before any search. */
const MAX_LINE = 500;

/**
 * What bitbake or OE-Core say as a note or a plain line and the console and the event log both bring: the shared state
 * summary and the summary of tasks. True when the text is one of these.
 */
export function readBitbakeText(text: string, take: TakeSign): boolean {
  const line = text.slice(0, MAX_LINE);
  if (line.startsWith(SHARED_STATE)) return readSharedState(line.slice(SHARED_STATE.length), take);
  if (line.startsWith(ATTEMPTED)) return readAttempted(line.slice(ATTEMPTED.length), take);
  return false;
}

/** `Wanted 12 Local 9 Mirrors 0 Missed 3 Current 0 (75% match, 75% complete)`; `Found` before 2022. */
function readSharedState(counts: string, take: TakeSign): boolean {
  const count = (name: string) =>
    Number(new RegExp(`(?:^| )${name} (\\d{1,9})(?: |$)`).exec(counts)?.[1] ?? Number.NaN);
  const wanted = count('Wanted');
  const local = count('Local');
  const found = Number.isNaN(local) ? count('Found') : local + (count('Mirrors') || 0);
  if (Number.isNaN(wanted) || Number.isNaN(found)) return false;
  if (wanted > 0) take({ kind: 'shared-state', found, wanted, isSummary: true });
  return true;
}

/** `22 tasks of which 15 didn't need to be rerun and 2 failed.` */
function readAttempted(text: string, take: TakeSign): boolean {
  const [, attempted, notNeeded] = /^(\d{1,9}) tasks of which (\d{1,9}) didn't need/.exec(text) ?? [];
  if (attempted === undefined || notNeeded === undefined) return false;
  take({ kind: 'attempted', attempted: Number(attempted), notNeeded: Number(notNeeded) });
  return true;
}
