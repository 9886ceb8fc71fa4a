import type { TakeSign } from './build-sign.ts';
import { type EventFields, fieldsOf, listOf, numberOf, textOf } from './event-fields.ts';
import { taskOf } from './event-signs.ts';
import { readBitbakeText } from './read-bitbake-text.ts';
import type { BuildEvent } from './read-event-line.ts';

/** bb.msg.BBLogFormatter: 29 and 39 are the messages that are told once. */
const PLAIN = 21;
const WARN_ONCE = 29;
const WARNING = 30;
const ERROR_ONCE = 39;

const MAX_TASKS = 1000;
const MAX_MESSAGE = 8000;
const MAX_TRACE = 200;

/** Turns log records into the lines that bitbake's console makes of them: `hello-1.0-r0 do_compile: message`. */
export interface LogRecordReader {
  /** Follows the events of tasks, so that a record's process id names its task. */
  readonly read: (event: BuildEvent, take: TakeSign) => void;
}

export function createLogRecordReader(): LogRecordReader {
  const titles = new Map<number, string>();
  return {
    read: ({ name, fields }, take) => {
      if (name === 'bb.build.TaskStarted') noteTask(titles, fields);
      if (name === 'logging.LogRecord') takeRecord(fields, titles, take);
    },
  };
}

function noteTask(titles: Map<number, string>, fields: EventFields): void {
  const pid = numberOf(fields, 'pid');
  if (pid === undefined) return;
  // Process ids come round again: the newest task has it. The oldest has long ended.
  titles.delete(pid);
  const [oldest] = titles.size < MAX_TASKS ? [] : titles.keys();
  if (oldest !== undefined) titles.delete(oldest);
  const { recipe, task } = taskOf(fields);
  titles.set(pid, `${recipe} ${task}`);
}

function takeRecord(fields: EventFields, titles: ReadonlyMap<number, string>, take: TakeSign): void {
  const level = numberOf(fields, 'levelno') ?? 0;
  const trace = listOf(fields, 'bb_exc_formatted').filter((each) => typeof each === 'string');
  const message = fillIn(textOf(fields, 'msg') ?? '', fields);
  const text = [message, ...trace.slice(0, MAX_TRACE)].join('\n').slice(0, MAX_MESSAGE);
  if (level < WARN_ONCE) {
    if (level <= PLAIN) readBitbakeText(text, take);
    return;
  }
  // As bitbake's console prefixes them (bb.ui.knotty).
  const isOnce = level === WARN_ONCE || level === ERROR_ONCE;
  const title = isOnce ? undefined : titles.get(numberOf(fields, 'taskpid') ?? 0);
  const file = isOnce ? undefined : textOf(fields, 'fn');
  const prefix = `${file === undefined ? '' : `${file}: `}${title === undefined ? '' : `${title}: `}`;
  if (text.startsWith('Exiting due to interrupt')) take({ kind: 'interrupted' });
  const isWarning = level === WARNING || level === WARN_ONCE;
  take({ kind: 'message', level: isWarning ? 'warning' : 'error', text: `${prefix}${text}` });
}

/** Python's `msg % args`, as far as log messages use it; a value that is no text or number becomes `...`. */
function fillIn(message: string, fields: EventFields): string {
  const values = listOf(fields, 'args');
  const named = fieldsOf(fields, 'args');
  if (values.length === 0 && Object.keys(named).length === 0) return message;
  let next = 0;
  return message
    .slice(0, MAX_MESSAGE)
    .replace(/%(?:\((\w{1,60})\))?[-+#0 ]?\d{0,3}(?:\.\d{1,3})?([sdrfix%])/g, (_all, name, type) => {
      if (type === '%') return '%';
      const value = typeof name === 'string' ? named[name] : values[next++];
      return typeof value === 'string' || typeof value === 'number' ? String(value) : '...';
    });
}
