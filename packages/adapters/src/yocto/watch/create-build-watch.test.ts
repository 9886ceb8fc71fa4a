import { describe, expect, it } from 'vitest';
import { createBuildWatch } from './create-build-watch.ts';
import { recordedLines } from './test-recordings.ts';

function watch(options: { console?: string; events?: string; variables?: string[] }) {
  let nowMs = 0;
  const watched = createBuildWatch({ now: () => nowMs, variables: options.variables ?? [] });
  const feed = (name: string | undefined, take: (line: string) => void) => {
    for (const line of name === undefined ? [] : recordedLines(name)) {
      nowMs += 10;
      take(line);
    }
  };
  feed(options.console, watched.line);
  feed(options.events, watched.event);
  return watched;
}

const failing = ['failfatal-1.0-r0', 'failpy-1.0-r0', 'failqa-1.0-r0', 'failshell-1.0-r0'];
const nameOf = ({ recipe }: { readonly recipe: string }) => recipe;

describe('createBuildWatch', () => {
  it.each(['1.46', '2.0', '2.8', '2.19'])(
    'tells failed tasks with their logs from the console of %s alone',
    (version) => {
      const watched = watch({ console: `bitbake-${version}/failing.log` });
      const { failed, errors, warnings, tasks, sharedState } = watched.summary();
      expect(failed.map(nameOf).toSorted()).toEqual(failing);
      for (const { recipe, task, logFile } of failed)
        expect(logFile).toMatch(`/${recipe.replace('-1.0-r0', '')}/1.0-r0/temp/log.${task}.`);
      expect(errors).toContain('chattyerror-1.0-r0 do_compile: an error that does not stop:\n  detail of it');
      expect(warnings).toContainEqual(expect.stringContaining('QA Issue'));
      expect(tasks).toEqual({ ran: 22, total: 35 });
      expect(sharedState).toEqual({ found: 0, wanted: 15 });
      expect(watched.progress()).toMatchObject({ activity: 'ending', failedTasks: 4, running: [] });
    },
  );

  it.each(['1.46', '2.19'])('tells the same from the event log of %s, and from both', (version) => {
    const recorded = {
      console: `bitbake-${version}/failing.log`,
      events: `bitbake-${version}/failing.events`,
    };
    const byEvents = watch({ events: recorded.events }).summary();
    const byBoth = watch(recorded).summary();
    expect(byEvents.failed.map(nameOf).toSorted()).toEqual(failing);
    expect(byBoth.failed).toEqual(byEvents.failed);
    expect(byBoth.errors).toHaveLength(byEvents.errors.length);
    expect(byBoth.tasks).toEqual(byEvents.tasks);
    expect(byBoth.timed).toEqual(byEvents.timed);
    expect(byEvents.timed.some(({ durationMs }) => durationMs > 100)).toBe(true);
  });

  it.each(['1.46', '2.0', '2.8', '2.19'])(
    'knows hits, misses and failures of shared state in %s',
    (version) => {
      for (const source of ['log', 'events']) {
        const name = `bitbake-${version}/setscene.${source}`;
        const watched = watch(source === 'log' ? { console: name } : { events: name });
        const { failed, sharedState } = watched.summary();
        expect(sharedState, name).toEqual({ found: 6, wanted: 9 });
        expect(
          failed.map(({ isSetscene }) => isSetscene),
          name,
        ).toEqual([true, true]);
        expect(
          failed.every(({ logFile }) => logFile?.includes('_setscene')),
          name,
        ).toBe(true);
        expect(watched.progress(), name).toMatchObject({ failedTasks: 0, setscene: { total: 9 } });
      }
    },
  );

  it.each(['1.46', '2.0', '2.8', '2.19'])(
    'names the recipe of a task that was killed before it could speak in %s',
    (version) => {
      const { failed, errors } = watch({ console: `bitbake-${version}/killed.log` }).summary();
      expect(failed).toContainEqual(
        expect.objectContaining({ recipe: 'workerkilled-1.0-r0', task: 'do_compile' }),
      );
      expect(errors).toContainEqual(expect.stringMatching(/failed with exit code '137'/));
    },
  );

  it('adds up several bitbake calls in one event log, and counts each anew', () => {
    const watched = watch({ events: 'recorded/interrupted-once.events' });
    expect(watched.progress()).toMatchObject({ activity: 'ending', tasks: { done: 8, total: 28 } });
    expect(watched.summary()).toMatchObject({ tasks: { ran: 36, total: 56 }, wasInterrupted: true });
  });

  it('adds up several bitbake calls of one console', () => {
    const watched = createBuildWatch({ now: () => 0 });
    for (const machine of ['a', 'b']) {
      watched.line(`[000000001][LOG]Run build for ${machine}: MACHINE=${machine} bitbake x`);
      for (const line of recordedLines('recorded/failing-tasks.stdout')) watched.line(line);
      watched.line(`[000000002][LOG]Build for ${machine} failed. Check failed log in x .`);
      for (const line of recordedLines('recorded/failing-tasks.stderr')) watched.line(line);
    }
    const { failed, tasks, barysResults, unexplained } = watched.summary();
    expect(failed.map(nameOf)).toEqual([
      'failpy-1.0-r0',
      'failing-1.0-r0',
      'failpy-1.0-r0',
      'failing-1.0-r0',
    ]);
    expect(tasks).toEqual({ ran: 34, total: 66 });
    expect(barysResults.map(({ result }) => result)).toEqual(['failed', 'failed']);
    expect(unexplained).toEqual([]);
    expect(watched.progress()).toMatchObject({ failedTasks: 4, tasks: { done: 17, total: 33 } });
  });

  it('follows the activities, the counters and the running tasks', () => {
    let nowMs = 0;
    const watched = createBuildWatch({ now: () => nowMs });
    const at = (ms: number, line: string) => {
      nowMs = ms;
      watched.line(line);
      return watched.progress();
    };
    expect(watched.progress()).toMatchObject({ activity: 'starting', tasks: null, sharedState: null });
    expect(at(1, 'Loading cache...done.').activity).toBe('cache');
    expect(at(2, 'Parsing recipes...').activity).toBe('parsing');
    expect(at(3, 'NOTE: Resolving any missing task queue dependencies').activity).toBe('preparing');
    expect(at(4, 'NOTE: Running setscene task 1 of 2 (/a_1.bb:do_package_setscene)').activity).toBe(
      'setscene',
    );
    expect(at(5, 'NOTE: Running task 3 of 9 (/a_1.bb:do_compile)')).toMatchObject({
      activity: 'tasks',
      setscene: { done: 0, total: 2 },
      tasks: { done: 2, total: 9 },
    });
    at(6, 'NOTE: recipe a-1-r0: task do_compile: Started');
    at(10, 'NOTE: recipe b-1-r0: task do_compile: Started');
    nowMs = 16;
    expect(watched.progress().running).toEqual([
      { name: 'a-1-r0 do_compile', ageMs: 10 },
      { name: 'b-1-r0 do_compile', ageMs: 6 },
    ]);
    expect(at(20, 'Keyboard Interrupt, closing down...').activity).toBe('ending');
    expect(watched.summary().wasInterrupted).toBe(true);
  });

  it('reads tasks with their age from a terminal', () => {
    const watched = createBuildWatch({ now: () => 100_000 });
    watched.line('Setscene tasks: 1 of 4');
    watched.line('Currently  2 running tasks (7 of 27)  25% |####     |');
    watched.line('0: slow-1.0-r0 do_compile - 1m3s (pid 12)');
    watched.line('1: b-1.0-r0 do_fetch - 4s (pid 13)  10% |# | 2/s');
    expect(watched.progress()).toMatchObject({
      activity: 'tasks',
      setscene: { done: 1, total: 4 },
      tasks: { done: 5, total: 27 },
      running: [
        { name: 'slow-1.0-r0 do_compile', ageMs: 63_000 },
        { name: 'b-1.0-r0 do_fetch', ageMs: 4_000 },
      ],
    });
  });

  it('gives the values of the variables that were asked for, and of no others', () => {
    const { variables } = watch({
      events: 'bitbake-2.19/failing.events',
      variables: ['MACHINE', 'ABSENT'],
    }).summary();
    expect(variables).toEqual({ MACHINE: 'qemux86-64' });
  });

  it('keeps a bounded amount of whatever comes', () => {
    const watched = createBuildWatch({ now: () => 0 });
    for (let each = 0; each < 3000; each += 1) {
      watched.line(`stray ${each}`);
      watched.event(`{"class": "bb.build.TaskFailed", "vars": "${each}`);
    }
    for (let each = 0; each < 3000; each += 1) watched.line(`ERROR: ${each} ${'x'.repeat(10_000)}`);
    const { errors, unexplained } = watched.summary();
    expect(unexplained).toHaveLength(200);
    expect(errors).toHaveLength(200);
    expect(Math.max(...errors.map(({ length }) => length))).toBeLessThanOrEqual(4000);
  });
});
