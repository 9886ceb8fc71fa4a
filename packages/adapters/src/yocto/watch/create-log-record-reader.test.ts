import { describe, expect, it } from 'vitest';
import type { BuildSign } from './build-sign.ts';
import { createLogRecordReader } from './create-log-record-reader.ts';

const started = (pid: number) => ({
  name: 'bb.build.TaskStarted',
  fields: { pid, _package: `r${pid}-1-r0`, _task: 'do_compile', _mc: 'default' },
});
const record = (fields: Record<string, unknown>) => ({ name: 'logging.LogRecord', fields });

function read(...events: Parameters<ReturnType<typeof createLogRecordReader>['read']>[0][]) {
  const signs: BuildSign[] = [];
  const reader = createLogRecordReader();
  for (const event of events) reader.read(event, (sign) => signs.push(sign));
  return signs;
}

describe('createLogRecordReader', () => {
  it('puts the task of its process before a message, as the console does', () => {
    const signs = read(
      started(7),
      record({ levelno: 40, msg: 'no %s at %d%%', args: ['way', 5], taskpid: 7 }),
    );
    expect(signs).toEqual([{ kind: 'message', level: 'error', text: 'r7-1-r0 do_compile: no way at 5%' }]);
  });

  it('puts no task before a message that is told once', () => {
    const signs = read(started(7), record({ levelno: 29, msg: 'once', taskpid: 7 }));
    expect(signs).toEqual([{ kind: 'message', level: 'warning', text: 'once' }]);
  });

  it('still knows the newest of more tasks than it keeps', () => {
    const tasks = Array.from({ length: 3000 }, (_each, pid) => started(pid + 1));
    expect(read(...tasks, record({ levelno: 30, msg: 'x', taskpid: 3000 }))).toEqual([
      { kind: 'message', level: 'warning', text: 'r3000-1-r0 do_compile: x' },
    ]);
  });

  it('brings the traceback that belongs to a message', () => {
    const [sign] = read(
      record({ levelno: 40, msg: 'Unable to parse', bb_exc_formatted: ['Traceback\n', 'SyntaxError: no'] }),
    );
    expect(sign).toMatchObject({ text: expect.stringContaining('SyntaxError: no') });
  });

  it('writes no value that is neither text nor number', () => {
    const [sign] = read(record({ levelno: 40, msg: '%s %(a)s %r', args: [{}, 'x', null] }));
    expect(sign).toMatchObject({ text: expect.stringMatching(/^\.\.\. /) });
  });

  it('passes over notes, and over a record without anything', () => {
    expect(read(record({ levelno: 20, msg: 'note' }), record({}))).toEqual([]);
  });
});
