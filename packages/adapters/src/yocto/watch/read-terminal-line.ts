import type { TakeSign } from './build-sign.ts';
import type { ReadLine } from './console-kind.ts';

/** Wider than a terminal. */
const MAX_LINE = 1000;

const TERMINAL = { kind: 'terminal', mode: 'call' } as const;

/** What bitbake draws below its messages when it has a terminal. */
export function readTerminalLine(line: string, take: TakeSign): ReadLine | undefined {
  const first = line[0] ?? '';
  if (first >= '0' && first <= '9') return readRunningTask(line.slice(0, MAX_LINE), take);
  switch (first) {
    case 'S':
      if (line.startsWith('Setscene tasks: ')) return readCounts(line, true, take);
      if (line.startsWith('Script started on ') || line.startsWith('Script done on ')) return TERMINAL;
      break;
    case 'C':
      if (line.startsWith('Currently ')) return readCounts(line, false, take);
      break;
    case 'R':
      if (line.startsWith('Running tasks (')) return readCounts(line, false, take);
      break;
    case 'N':
      if (line.startsWith('No currently running tasks')) return readCounts(line, false, take);
      break;
    case 'W':
      if (line.startsWith('Waiting for ')) return readWaiting(line, take);
      break;
  }
  return line.length < 200 && line.endsWith(' is limiting task startup') ? TERMINAL : undefined;
}

/** `Setscene tasks: 3 of 9`; `Currently  2 running tasks (5 of 27)  18% |###   |`, before 2.0 without the first. */
function readCounts(line: string, isSetscene: boolean, take: TakeSign): ReadLine | undefined {
  const text = line.slice(0, MAX_LINE);
  const [, number, total] = /(\d{1,9}) of (\d{1,9})\)?(?: |$)/.exec(text) ?? [];
  if (number === undefined || total === undefined) return undefined;
  const running = Number(/^Currently +(\d{1,6}) /.exec(text)?.[1] ?? 0);
  const counts = { done: Math.max(0, Number(number) - running), total: Number(total) };
  if (isSetscene) {
    if (counts.total > 0) take({ kind: 'counted', setscene: counts, tasks: null });
    return TERMINAL;
  }
  take({ kind: 'activity', activity: 'tasks', opens: false });
  take({ kind: 'counted', setscene: null, tasks: counts });
  take({ kind: 'running-list' });
  return TERMINAL;
}

/** `0: hello-1.0-r0 do_compile - 1m3s (pid 123)`, with a bar after it when the task tells how far it is. */
function readRunningTask(line: string, take: TakeSign): ReadLine | undefined {
  const colon = line.indexOf(': ');
  const end = line.indexOf(' (pid ');
  if (colon === -1 || colon > 4 || end === -1) return undefined;
  const words = line.slice(colon + 2, end).split(' ');
  const [recipe = '', task = '', , age = ''] = words;
  if (!task.startsWith('do_')) return undefined;
  take({ kind: 'running-task', recipe, task, ageMs: parseAge(age) });
  return TERMINAL;
}

/** `1h2m3s` in milliseconds. */
function parseAge(age: string): number {
  const [, hours, minutes, seconds] = /^(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?$/.exec(age) ?? [];
  return (Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0)) * 1000;
}

/** `Waiting for 2 running tasks to finish:` */
function readWaiting(line: string, take: TakeSign): ReadLine | undefined {
  if (!/^Waiting for \d{1,6} running tasks? to finish/.test(line)) return undefined;
  take({ kind: 'activity', activity: 'ending', opens: false });
  take({ kind: 'running-list' });
  return { kind: 'waiting', mode: 'call' };
}
