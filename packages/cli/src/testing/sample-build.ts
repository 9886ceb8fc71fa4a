import type { BuildProgress, RunEvent } from '@osrel/core';
import { finished, sampleEvent, samplePlan, sampleStep } from './sample-run.ts';

/** A build that has only begun, for tests. */
export function buildProgress(change: Partial<BuildProgress> = {}): BuildProgress {
  return {
    activity: 'starting',
    parsing: null,
    setscene: null,
    tasks: null,
    failedTasks: 0,
    running: [],
    sharedState: null,
    remainingMs: null,
    ...change,
  };
}

/** A build in the midst of its tasks, a counter of each kind, three tasks running. */
export const MIDST: BuildProgress = buildProgress({
  activity: 'tasks',
  tasks: { done: 1234, total: 5678 },
  setscene: { done: 800, total: 900 },
  sharedState: { found: 657, wanted: 900 },
  remainingMs: 12 * 60_000,
  running: [
    { name: 'linux-raspberrypi do_compile', ageMs: 192_000 },
    { name: 'go-native do_compile', ageMs: 61_000 },
    { name: 'busybox do_configure', ageMs: 400 },
  ],
});

/** The event with a build's progress, `atSeconds` after the start of the run. */
export function progressEvent(atSeconds: number, build: BuildProgress): RunEvent {
  const { done, total } = build.tasks ?? { done: 0, total: null };
  return sampleEvent(atSeconds, {
    type: 'step-progress',
    stepId: 'build-hostapp',
    done,
    total,
    unit: 'tasks',
    build,
  });
}

export function logEvent(atSeconds: number, line: string): RunEvent {
  return sampleEvent(atSeconds, { type: 'step-log', stepId: 'build-hostapp', line });
}

/** The beginning of a run whose only step builds. */
export function beginBuild(): readonly RunEvent[] {
  const steps = [
    sampleStep('build-hostapp', 'build', { kind: 'build-service', summary: 'build hostapp with barys' }),
  ];
  return [
    sampleEvent(0, { type: 'run-started', plan: samplePlan({ steps }), resumed: false }),
    sampleEvent(0, { type: 'step-started', stepId: 'build-hostapp', attempt: 1 }),
  ];
}

/** A build of `total` tasks, one a second, each with the four events and lines that bitbake makes of it. */
export function* longBuild(total: number): Generator<RunEvent> {
  yield* beginBuild();
  yield progressEvent(0, buildProgress({ activity: 'parsing', parsing: { done: 1, total: 2000 } }));
  for (let done = 0; done < total; done += 1) {
    yield logEvent(
      done,
      `NOTE: Running task ${done + 1} of ${total} (/layers/meta-x/recipe-${done}.bb:do_compile)`,
    );
    yield logEvent(done, `NOTE: recipe recipe-${done}-1.0-r0: task do_compile: Started`);
    yield logEvent(done, `NOTE: recipe recipe-${done}-1.0-r0: task do_compile: Succeeded`);
    const running = [{ name: `recipe-${done} do_compile`, ageMs: 1000 }];
    yield progressEvent(done, buildProgress({ activity: 'tasks', tasks: { done, total }, running }));
  }
  yield finished(total, 'build-hostapp', { durationMs: total * 1000 });
}
