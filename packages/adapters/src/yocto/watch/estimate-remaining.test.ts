import { describe, expect, it } from 'vitest';
import { addToRecord, type BuildRecord } from './build-record.ts';
import { createBuildWatch } from './create-build-watch.ts';
import { estimateRemainingMs, type RunningBuild } from './estimate-remaining.ts';
import { recordedLines } from './test-recordings.ts';

const record = (changes: Partial<BuildRecord> = {}): BuildRecord => ({
  schemaVersion: 1,
  tasks: { 'a do_compile': 100_000, 'b do_compile': 100_000, 'c do_compile': 400_000 },
  speed: 1,
  timedShare: 1,
  totalMs: 600_000,
  buildBytes: null,
  ...changes,
});

const build = (changes: Partial<RunningBuild> = {}): RunningBuild => ({
  tasks: { done: 0, total: 3 },
  setscene: null,
  sharedState: null,
  timed: [],
  running: [],
  workedMs: 0,
  ...changes,
});

const done = (recipe: string, durationMs: number) => ({
  recipe: `${recipe}-1.0-r0`,
  task: 'do_compile',
  durationMs,
});
const runs = (recipe: string, ageMs: number) => ({ recipe: `${recipe}-1.0-r0`, task: 'do_compile', ageMs });

describe('estimateRemainingMs', () => {
  it('expects the whole weight of the last build at the speed of the last build', () => {
    expect(estimateRemainingMs(record(), build())).toBe(600_000);
    expect(estimateRemainingMs(record({ speed: 4 }), build({ tasks: { done: 0, total: 3 } }))).toBe(150_000);
  });

  it('says nothing without any duration', () => {
    expect(estimateRemainingMs(record({ tasks: {} }), build())).toBeNull();
  });

  it('counts what is done and the rest of what runs', () => {
    const half = build({
      tasks: { done: 1, total: 3 },
      timed: [done('a', 100_000)],
      running: [runs('b', 60_000)],
      workedMs: 160_000,
    });
    expect(estimateRemainingMs(record(), half)).toBe(440_000);
  });

  it('expects more time when this build is slower than the last', () => {
    const slow = build({ tasks: { done: 1, total: 3 }, timed: [done('a', 300_000)], workedMs: 300_000 });
    expect(estimateRemainingMs(record(), slow)).toBe(Math.round(500_000 / (160_000 / 360_000)));
  });

  it('never expects less than the rest of the longest task', () => {
    const last = build({ tasks: { done: 2, total: 3 }, running: [runs('c', 100_000)], workedMs: 1000 });
    expect(estimateRemainingMs(record({ speed: 50 }), last)).toBe(300_000);
  });

  it('expects nothing of a task that takes longer than ever, and nothing when all is done', () => {
    const late = build({ tasks: { done: 2, total: 3 }, running: [runs('c', 900_000)], workedMs: 900_000 });
    expect(estimateRemainingMs(record(), late)).toBe(0);
    expect(estimateRemainingMs(record(), build({ tasks: { done: 3, total: 3 } }))).toBe(0);
  });

  it('takes the tasks of a recipe from shared state for done', () => {
    const fetched = { recipe: 'c-1.0-r0', task: 'do_populate_sysroot_setscene', durationMs: 10 };
    const cached = build({ tasks: { done: 1, total: 3 }, timed: [fetched] });
    expect(estimateRemainingMs(record(), cached)).toBe(200_000);
    const licences = { ...fetched, task: 'do_populate_lic_setscene' };
    expect(estimateRemainingMs(record(), { ...cached, timed: [licences] })).toBe(400_000);
  });

  it('expects the queue to shrink while shared state is being fetched, and believes it afterwards', () => {
    const begun = build({ setscene: { done: 1, total: 9 }, sharedState: { found: 9, wanted: 10 } });
    expect(estimateRemainingMs(record(), begun)).toBe(60_000);
    expect(estimateRemainingMs(record(), { ...begun, setscene: { done: 9, total: 9 } })).toBe(600_000);
  });

  it('weighs tasks that no earlier build had like the mean of those it had', () => {
    expect(estimateRemainingMs(record(), build({ tasks: { done: 0, total: 5 } }))).toBe(1_000_000);
  });

  it('leaves out the part of the queue that does no work', () => {
    expect(estimateRemainingMs(record({ timedShare: 0.5 }), build({ tasks: { done: 0, total: 6 } }))).toBe(
      600_000,
    );
  });

  it('comes down to nothing over a recorded run that is built again, and never grows wild', () => {
    const lines = recordedLines('bitbake-2.8/success.log');
    const first = replay(lines);
    const history = addToRecord(undefined, {
      timed: first.summary.timed,
      ran: first.summary.tasks?.ran ?? null,
      totalMs: lines.length * 1000,
      buildBytes: null,
    });
    const { told } = replay(lines, history);
    const known = told.filter((each) => each !== null);
    expect(told.slice(0, 15).every((each) => each === null)).toBe(true);
    expect(known.length).toBeGreaterThan(30);
    expect(known.at(-1)).toBe(0);
    expect(Math.max(...known)).toBeLessThan(2 * lines.length * 1000);
    const middle = known[Math.floor(known.length / 2)] ?? 0;
    expect(middle).toBeGreaterThan(0.2 * (known.length / 2) * 1000);
    expect(middle).toBeLessThan(3 * (known.length / 2) * 1000);
  });
});

/** A second passes with each line. */
function replay(lines: readonly string[], history?: BuildRecord) {
  let nowMs = 0;
  const watched = createBuildWatch({ now: () => nowMs, ...(history === undefined ? {} : { history }) });
  const told = lines.map((line) => {
    nowMs += 1000;
    watched.line(line);
    return watched.progress().remainingMs;
  });
  return { told, summary: watched.summary() };
}
