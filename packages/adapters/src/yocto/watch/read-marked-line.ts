import type { TakeSign } from './build-sign.ts';
import type { ReadLine } from './console-kind.ts';
import { STOPPED } from './event-signs.ts';
import { readNote } from './read-note.ts';
import { isSetsceneTask, parseTaskReference } from './task-reference.ts';

const LOG_FILE = 'Logfile of failure stored in: ';
const SETSCENE_LOG_FILE = 'Logfile for failed setscene task is ';
const COMMAND_FAILED = 'Command execution failed: ';
const FAILED_WITH = ") failed with exit code '";
/** Of a message no more is kept. */
const MAX_MESSAGE = 4000;

const N = 'N'.charCodeAt(0);
const E = 'E'.charCodeAt(0);
const W = 'W'.charCodeAt(0);
const D = 'D'.charCodeAt(0);
const F = 'F'.charCodeAt(0);

/** Lines that bitbake marks with a level: `NOTE: `, `WARNING: `, `ERROR: ` and the rest. */
export function readMarkedLine(line: string, take: TakeSign): ReadLine | undefined {
  const first = line.charCodeAt(0);
  if (first === N && line.startsWith('NOTE: ')) return readNote(line, take);
  if (first === E && line.startsWith('ERROR: ')) return readError(line.slice(7), take);
  if (first === W && line.startsWith('WARNING: ')) return readWarning(line.slice(9), take);
  if (first === D && line.startsWith('DEBUG: ')) return { kind: 'debug', mode: 'note' };
  return first === F && line.startsWith('FATAL: ') ? readError(line.slice(7), take) : undefined;
}

function readError(text: string, take: TakeSign): ReadLine {
  if (text.startsWith(LOG_FILE)) {
    take({ kind: 'log-file', path: text.slice(LOG_FILE.length) });
    return { kind: 'error', mode: 'call' };
  }
  if (text.startsWith('Task (') && readTaskFailure(text, take)) return { kind: 'error', mode: 'note' };
  if (text.startsWith(COMMAND_FAILED) && STOPPED.has(text.slice(COMMAND_FAILED.length)))
    take({ kind: 'interrupted' });
  take({ kind: 'message', level: 'error', text: text.slice(0, MAX_MESSAGE) });
  return { kind: 'error', mode: 'message' };
}

function readWarning(text: string, take: TakeSign): ReadLine {
  if (text.startsWith(SETSCENE_LOG_FILE)) {
    take({ kind: 'log-file', path: text.slice(SETSCENE_LOG_FILE.length) });
    return { kind: 'warning', mode: 'call' };
  }
  if (text.startsWith('Setscene task (') && readTaskFailure(text, take))
    return { kind: 'warning', mode: 'note' };
  if (text.startsWith('Exiting due to interrupt')) take({ kind: 'interrupted' });
  take({ kind: 'message', level: 'warning', text: text.slice(0, MAX_MESSAGE) });
  return { kind: 'warning', mode: 'message' };
}

/** `Task (FILE:do_compile) failed with exit code '1'`, with `Setscene task` for one whose work is then done after all. */
function readTaskFailure(text: string, take: TakeSign): boolean {
  const line = text.slice(0, MAX_MESSAGE);
  const open = line.indexOf('(');
  const close = line.lastIndexOf(FAILED_WITH);
  const reference = close === -1 ? undefined : parseTaskReference(line.slice(open + 1, close));
  if (reference === undefined) return false;
  const isSetscene = isSetsceneTask(reference.task);
  take({ kind: 'queue-failed', ...reference });
  // Exit status 1 is what every failing task has; another one says how it ended.
  if (!isSetscene && !line.startsWith("1'", close + FAILED_WITH.length))
    take({ kind: 'message', level: 'error', text: line.trimEnd() });
  return true;
}
