import { describe, expect, it } from 'vitest';
import { createFailedTasks } from './failed-tasks.ts';

const LOG = '/b/tmp/work/x/hello/1.0-r0/temp/log.do_compile.12';
const FILE = 'virtual:native:/l/hello_1.0.bb';
const whole = { recipe: 'hello-1.0-r0', task: 'do_compile', logFile: LOG, isSetscene: false };

type Tasks = ReturnType<typeof createFailedTasks>;
const PARTS: Readonly<Record<string, (tasks: Tasks) => void>> = {
  recipe: (tasks) => tasks.failed(1, 'hello-1.0-r0', 'do_compile', null),
  queue: (tasks) => tasks.queueFailed(1, FILE, 'do_compile'),
  log: (tasks) => tasks.logFile(1, LOG),
};

describe('createFailedTasks', () => {
  it.each([
    ['recipe', 'queue', 'log'],
    ['recipe', 'log', 'queue'],
    ['queue', 'recipe', 'log'],
    ['queue', 'log', 'recipe'],
    ['log', 'recipe', 'queue'],
    ['log', 'queue', 'recipe'],
  ])('puts one failure together from lines in the order %s, %s, %s', (...order) => {
    const tasks = createFailedTasks();
    for (const part of [...order, ...order]) PARTS[part]?.(tasks);
    expect(tasks.list()).toEqual([whole]);
  });

  it('names the recipe after its file when nothing else is known', () => {
    const tasks = createFailedTasks();
    tasks.queueFailed(1, FILE, 'do_fetch');
    expect(tasks.list()).toEqual([
      { recipe: 'hello_1.0', task: 'do_fetch', logFile: null, isSetscene: false },
    ]);
  });

  it('keeps recipes with the same task apart, and the same task of two calls', () => {
    const tasks = createFailedTasks();
    tasks.failed(1, 'hello-1.0-r0', 'do_compile', null);
    tasks.failed(1, 'hell-2.0-r0', 'do_compile', null);
    tasks.queueFailed(1, '/l/hell_2.0.bb', 'do_compile');
    tasks.failed(2, 'hello-1.0-r0', 'do_compile', LOG);
    expect(tasks.list().map(({ recipe, logFile }) => [recipe, logFile])).toEqual([
      ['hello-1.0-r0', null],
      ['hell-2.0-r0', null],
      ['hello-1.0-r0', LOG],
    ]);
  });

  it('gives a log in an unusual place to the only failure of its task', () => {
    const tasks = createFailedTasks();
    tasks.logFile(1, '/elsewhere/log.do_compile');
    tasks.failed(1, 'hello-1.0-r0', 'do_compile', null);
    expect(tasks.list()[0]?.logFile).toBe('/elsewhere/log.do_compile');
  });

  it('marks setscene tasks', () => {
    const tasks = createFailedTasks();
    tasks.failed(1, 'hello-1.0-r0', 'do_package_setscene', null);
    expect(tasks.list()[0]?.isSetscene).toBe(true);
  });

  it('keeps a bounded number', () => {
    const tasks = createFailedTasks();
    for (let each = 0; each < 1500; each += 1) tasks.failed(1, `r${each}-1-r0`, 'do_compile', null);
    expect(tasks.list()).toHaveLength(1000);
  });
});
