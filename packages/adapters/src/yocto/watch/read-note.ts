import type { TakeSign } from './build-sign.ts';
import type { ReadLine } from './console-kind.ts';
import { readBitbakeText } from './read-bitbake-text.ts';

const NOTE = 'NOTE: '.length;
const RECIPE = NOTE + 'recipe '.length;
const TASK_MARK = ': task ';
const RUNNING = NOTE + 'Running '.length;
const TASK_WORD = ' task '.length;
const OF_WORD = ' of '.length;
/** The numbers of a queue's line stand before this. */
const MAX_HEAD = 100;
/** A recipe's or a file's name is not longer. */
const MAX_LINE = 4096;

const TASK = { kind: 'task', mode: 'call' } as const;
const QUEUE = { kind: 'queue', mode: 'call' } as const;

const PLAIN_NOTE = { kind: 'note', mode: 'note' } as const;

/** A line that begins with `NOTE: `. */
export function readNote(line: string, take: TakeSign): ReadLine {
  if (line.startsWith('recipe ', NOTE)) return readTask(line, take) ?? PLAIN_NOTE;
  if (line.startsWith('Running ', NOTE)) return readQueue(line, take) ?? PLAIN_NOTE;
  const text = line.slice(NOTE, NOTE + MAX_LINE);
  if (text.startsWith('Resolving any missing task queue dependencies')) {
    take({ kind: 'activity', activity: 'preparing', opens: true });
    return QUEUE;
  }
  if (readBitbakeText(text, take)) return { kind: 'summary', mode: 'call' };
  if (text === 'No setscene tasks' || text.startsWith('Executing ')) return QUEUE;
  if (text.startsWith('Sending SIGTERM to remaining ')) {
    take({ kind: 'activity', activity: 'ending', opens: false });
    return { kind: 'interruption', mode: 'call' };
  }
  return PLAIN_NOTE;
}

/** `NOTE: recipe hello-1.0-r0: task do_compile: Started` */
function readTask(line: string, take: TakeSign): ReadLine | undefined {
  if (line.length > MAX_LINE) return undefined;
  const mark = indexOfMark(line, TASK_MARK, RECIPE);
  if (mark === -1) return undefined;
  const colon = indexOfMark(line, ': ', mark + TASK_MARK.length);
  if (colon === -1) return undefined;
  const recipe = line.slice(RECIPE, mark);
  const task = line.slice(mark + TASK_MARK.length, colon);
  const from = colon + 2;
  if (line.startsWith('Started', from)) {
    take({ kind: 'task-started', recipe, task, file: null, atMs: null });
    return TASK;
  }
  const hasSucceeded = line.startsWith('Succeeded', from);
  if (!hasSucceeded && !line.startsWith('Failed', from)) return undefined;
  const result = hasSucceeded ? 'succeeded' : 'failed';
  take({ kind: 'task-ended', recipe, task, result, file: null, logFile: null, atMs: null });
  return TASK;
}

/** Where a mark that begins with a colon stands: looked for by the colon, several times as fast as by all of it. */
function indexOfMark(line: string, mark: string, from: number): number {
  let at = line.indexOf(':', from);
  while (at !== -1 && !line.startsWith(mark, at)) at = line.indexOf(':', at + 1);
  return at;
}

/** `NOTE: Running [noexec|setscene] task 15 of 33 (/layers/x/hello_1.0.bb:do_compile)` */
function readQueue(line: string, take: TakeSign): ReadLine | undefined {
  const mark = line.indexOf(' task ', RUNNING - 1);
  const of = line.indexOf(' of ', mark);
  const open = line.indexOf(' (', of);
  if (mark === -1 || mark > MAX_HEAD || of === -1 || of > MAX_HEAD || open === -1 || open > MAX_HEAD)
    return undefined;
  const number = Number(line.slice(mark + TASK_WORD, of));
  const total = Number(line.slice(of + OF_WORD, open));
  if (!Number.isSafeInteger(number) || !Number.isSafeInteger(total)) return undefined;
  const isSetscene = line.startsWith('setscene', RUNNING) || line.endsWith('_setscene)');
  take({ kind: 'queued', isSetscene, number, total, isEmpty: line.startsWith('noexec', RUNNING) });
  return QUEUE;
}
