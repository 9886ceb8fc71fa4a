import type { Plan, RunEvent, RunReport, Stage, Step, StepReport } from '@osrel/core';

const START_MS = Date.parse('2026-11-21T04:00:00.000Z');

/** A planned step for tests. */
export function sampleStep(id: string, stage: Stage, change: Partial<Step> = {}): Step {
  const retry = { attempts: 1, firstDelayMs: 0, factor: 1, maxDelayMs: 0 };
  return {
    id,
    kind: id,
    stage,
    needs: [],
    writes: true,
    summary: `does ${id}`,
    with: {},
    retry,
    timeoutMs: null,
    ...change,
  };
}

/** A plan of three steps for tests. */
export function samplePlan(change: Partial<Plan> = {}): Plan {
  return {
    schemaVersion: 1,
    planId: 'ab'.repeat(32),
    system: 'balena-os',
    environment: 'local',
    target: { machine: 'raspberrypi4-64', slug: 'raspberrypi4-64', version: '6.5.1', esr: false },
    trigger: { kind: 'nothing', repository: null, because: 'a test' },
    source: { sha: 'c'.repeat(40), repository: 'example/device' },
    stages: { build: 'run', test: 'run', deploy: 'run', finalize: 'skip', esr: 'skip' },
    steps: [
      sampleStep('build-hostapp', 'build', { summary: 'build hostapp with barys' }),
      sampleStep('run-suite.smoke', 'test', { needs: ['build-hostapp'], summary: 'run suite smoke' }),
      sampleStep('create-draft', 'deploy', { needs: ['run-suite.smoke'], summary: 'make the draft release' }),
    ],
    decisions: [
      {
        rule: 'finalize.evidence',
        outcome: 'skip',
        because: 'suite cloud has no receipt',
        stage: 'finalize',
        change: 'osrel test',
      },
    ],
    ...change,
  };
}

type Bare<Event> = Event extends RunEvent ? Omit<Event, 'at' | 'runId'> : never;

/** An event `atSeconds` after the start of the run. */
export function sampleEvent(atSeconds: number, event: Bare<RunEvent>): RunEvent {
  // The spread loses the link between type and members; Bare has checked it.
  return { ...event, at: new Date(START_MS + atSeconds * 1000).toISOString(), runId: 'run-1' } as RunEvent;
}

/** A finished step's event. */
export function finished(
  atSeconds: number,
  stepId: string,
  change: Partial<RunEvent & { readonly type: 'step-finished' }> = {},
): RunEvent {
  const plain = {
    outcome: 'done',
    durationMs: 3200,
    fromJournal: false,
    because: null,
    error: null,
    receipt: {},
  } as const;
  return sampleEvent(atSeconds, { type: 'step-finished', stepId, ...plain, ...change });
}

const TOOL_ERROR = {
  code: 'build.failed',
  message: 'barys failed with exit code 1',
  hint: 'see the log',
  exitCode: 1,
};

/** A run whose build fails after a log line, progress and a retry. */
export function failingRun(): readonly RunEvent[] {
  return [
    sampleEvent(0, { type: 'run-started', plan: samplePlan(), resumed: false }),
    sampleEvent(0, { type: 'step-started', stepId: 'build-hostapp', attempt: 1 }),
    sampleEvent(1, {
      type: 'step-log',
      stepId: 'build-hostapp',
      line: '::error::from a tool \u001b[31mred\u001b[0m',
    }),
    sampleEvent(2, { type: 'step-progress', stepId: 'build-hostapp', done: 1, total: 4, unit: 'tasks' }),
    sampleEvent(3, { type: 'step-progress', stepId: 'build-hostapp', done: 2, total: 4, unit: 'tasks' }),
    sampleEvent(13, { type: 'step-progress', stepId: 'build-hostapp', done: 4, total: 4, unit: 'tasks' }),
    sampleEvent(14, {
      type: 'step-retrying',
      stepId: 'build-hostapp',
      attempt: 1,
      delayMs: 2000,
      error: TOOL_ERROR,
    }),
    sampleEvent(80, { type: 'heartbeat', running: ['build-hostapp'], elapsedMs: 80_000 }),
    finished(90, 'build-hostapp', {
      outcome: 'failed',
      durationMs: 90_000,
      error: TOOL_ERROR,
      receipt: null,
    }),
    finished(90, 'run-suite.smoke', {
      outcome: 'blocked',
      durationMs: 0,
      because: 'build-hostapp failed',
      receipt: null,
    }),
    finished(90, 'create-draft', {
      outcome: 'blocked',
      durationMs: 0,
      because: 'build-hostapp failed',
      receipt: null,
    }),
    sampleEvent(90, {
      type: 'run-finished',
      outcome: 'failed',
      durationMs: 90_000,
      decisions: samplePlan().decisions,
      error: TOOL_ERROR,
    }),
  ];
}

/** A report of the sample plan with the given outcomes. */
export function sampleReport(
  outcomes: readonly StepReport['outcome'][],
  change: Partial<RunReport> = {},
): RunReport {
  const { steps, planId } = samplePlan();
  return {
    runId: 'run-1',
    planId,
    outcome: outcomes.includes('failed') ? 'failed' : 'done',
    steps: outcomes.map((outcome, index) => {
      const step = steps[index % steps.length] ?? sampleStep('more', 'build');
      return {
        id: step.id,
        kind: step.kind,
        stage: step.stage,
        outcome,
        durationMs: 1500,
        receipt: {},
        because: null,
        error: null,
      };
    }),
    error: null,
    ...change,
  };
}
