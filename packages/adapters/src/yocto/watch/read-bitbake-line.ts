import type { TakeSign } from './build-sign.ts';
import type { ConsoleKind, ConsoleMode, ReadLine } from './console-kind.ts';
import { readBitbakeText } from './read-bitbake-text.ts';
import { readTerminalLine } from './read-terminal-line.ts';
import { parseTaskReference } from './task-reference.ts';

type Read = (line: string, take: TakeSign) => ReadLine | undefined;

const says =
  (kind: ConsoleKind, mode: ConsoleMode): Read =>
  () => ({ kind, mode });

/** Lines of bitbake without a level, by their beginning; the first that fits reads them. */
const BEGINNINGS: readonly (readonly [string, Read])[] = [
  ['Loading cache', (line, take) => readProgress(line, 'cache', take)],
  ['Loaded ', says('cache', 'call')],
  ['Parsing recipes', (line, take) => readProgress(line, 'parsing', take)],
  ['Parsing of ', readParsed],
  ['Initialising tasks', (line, take) => readProgress(line, 'progress', take)],
  ['Checking sstate mirror object availability', (line, take) => readProgress(line, 'progress', take)],
  ['Build Configuration', says('configuration', 'configuration')],
  ['Sstate summary: ', readSharedState],
  ['Summary: There ', says('summary', 'call')],
  ['Summary: ', says('summary', 'summary')],
  ['Log data follows:', says('log', 'call')],
  ['Keyboard Interrupt', readInterruption],
  ['Second Keyboard Interrupt', readInterruption],
  ['Execution was interrupted', readInterruption],
  ['Bitbake still alive ', says('waiting', 'note')],
  ['No reply after pinging server', readComplaint],
  ['Nothing to do.  Use ', readComplaint],
  ['usage: bitbake', says('usage', 'usage')],
  ['Usage: bitbake', says('usage', 'usage')],
  ['bitbake: error: ', readComplaint],
  ['Please make sure locale ', readComplaint],
  ['Please use a locale setting', readComplaint],
  ['done.', says('progress', 'call')],
];

/** By their first character: most lines have none of these. */
const BY_FIRST = Map.groupBy(BEGINNINGS, ([beginning]) => beginning.charCodeAt(0));

const SPACE = ' '.charCodeAt(0);
const T = 'T'.charCodeAt(0);

/** Lines of bitbake's console that carry no level, on a terminal and without one. */
export function readBitbakeLine(line: string, mode: ConsoleMode, take: TakeSign): ReadLine | undefined {
  const first = line.charCodeAt(0);
  if (first === SPACE) return readIndented(line, mode, take);
  // Below an error it explains that error.
  if (first === T && line.startsWith('Traceback (most') && mode !== 'message')
    return readComplaint(line, take);
  for (const [beginning, read] of BY_FIRST.get(first) ?? [])
    if (line.startsWith(beginning)) return read(line, take);
  return readTerminalLine(line, take) ?? readStep(line, mode);
}

/** `Loading cache...done.`; or `Loading cache...` and, on the same line, what came before it was done. */
function readProgress(line: string, kind: 'cache' | 'parsing' | 'progress', take: TakeSign): ReadLine {
  if (kind !== 'progress') take({ kind: 'activity', activity: kind, opens: true });
  else take({ kind: 'activity', activity: 'preparing', opens: false });
  const dots = line.indexOf('...');
  const rest = dots === -1 || dots > 60 ? '' : line.slice(dots + 3);
  return { kind, mode: 'call', rest: rest.startsWith('done.') ? rest.slice(5) : rest };
}

/** `Parsing of 7 .bb files complete (0 cached, 7 parsed). ...` */
function readParsed(line: string, take: TakeSign): ReadLine {
  take({ kind: 'activity', activity: line.includes(' complete (') ? 'preparing' : 'parsing', opens: false });
  return { kind: 'parsing', mode: 'call' };
}

function readSharedState(line: string, take: TakeSign): ReadLine | undefined {
  return readBitbakeText(line, take) ? { kind: 'shared-state', mode: 'call' } : undefined;
}

function readInterruption(_line: string, take: TakeSign): ReadLine {
  take({ kind: 'interrupted' });
  take({ kind: 'activity', activity: 'ending', opens: false });
  return { kind: 'interruption', mode: 'call' };
}

/** A failure that has no level; its further lines belong to it. */
function readComplaint(line: string, take: TakeSign): ReadLine {
  take({ kind: 'message', level: 'error', text: line.slice(0, 4000) });
  return { kind: 'error', mode: 'message' };
}

/** Longer than a path may be. */
const MAX_SUMMARY_LINE = 8192;

/** Of the summary `  FILE:do_compile` and `    log: PATH`; ` | ...` of a log that is shown. */
function readIndented(line: string, mode: ConsoleMode, take: TakeSign): ReadLine | undefined {
  if (line.startsWith(' | ')) return mode === 'outside' ? undefined : { kind: 'log' };
  if (mode !== 'summary' || line.length > MAX_SUMMARY_LINE) return undefined;
  if (line.startsWith('    log: ')) {
    take({ kind: 'log-file', path: line.slice('    log: '.length) });
    return { kind: 'summary' };
  }
  const failed = parseTaskReference(line.trim());
  if (failed === undefined) return undefined;
  take({ kind: 'queue-failed', ...failed });
  return { kind: 'summary' };
}

/** A step with a name that only its layer knows: `Checking something...done.` */
function readStep(line: string, mode: ConsoleMode): ReadLine | undefined {
  if (mode !== 'call' || line.length > 120 || !line.endsWith('...done.')) return undefined;
  return { kind: 'progress' };
}
