import type { JournalEntry } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { samplePlan } from '../testing/sample-run.ts';
import { explainRefusal, explainRun, explainStage, explainStep } from './explain-run.ts';

const at = '2026-11-21T04:00:00.000Z';
const plan = samplePlan();
const error = { code: 'build.failed', message: 'barys failed', hint: 'see the log', exitCode: 1 };
const entries: readonly JournalEntry[] = [
  { seq: 0, at, type: 'run-started', runId: 'run-1', planId: plan.planId, schemaVersion: 1 },
  { seq: 1, at, type: 'step-failed', stepId: 'build-hostapp', attempt: 1, error },
  {
    seq: 2,
    at,
    type: 'step-left',
    stepId: 'run-suite.smoke',
    outcome: 'blocked',
    because: 'it needs build-hostapp, which failed',
  },
  {
    seq: 3,
    at,
    type: 'step-left',
    stepId: 'create-draft',
    outcome: 'blocked',
    because: 'it needs run-suite.smoke',
  },
  { seq: 4, at, type: 'run-finished', outcome: 'failed' },
];
const summary = {
  runId: 'run-1',
  startedAt: at,
  planId: plan.planId,
  target: plan.target,
  environment: 'local',
  outcome: 'failed',
} as const;
const story = { summary, plan, entries };

describe('why', () => {
  it('of a failed run names the step, its hint, the command to go on, and what was left out', () => {
    expect(explainRun(story)).toEqual([
      {
        about: 'run run-1',
        outcome: 'failed',
        because: `raspberrypi4-64 6.5.1, started ${at}; stopped at build-hostapp`,
        change: 'osrel resume run-1',
      },
      {
        about: 'build-hostapp',
        outcome: 'failed',
        because: 'error[build.failed] barys failed',
        change: 'see the log',
      },
      {
        about: 'finalize.evidence',
        outcome: 'skip',
        because: 'suite cloud has no receipt',
        change: 'osrel test',
      },
    ]);
  });

  it('of a blocked step walks back to the step that stopped it', () => {
    expect(explainStep('create-draft', story).map((reason) => `${reason.about}: ${reason.outcome}`)).toEqual([
      'create-draft: blocked',
      'run-suite.smoke: blocked',
      'build-hostapp: failed',
      'run run-1: failed',
    ]);
  });

  it('of a stage puts what failed before what had to wait', () => {
    expect(explainStage('deploy', plan, entries).map((reason) => reason.about)).toEqual([
      'stage deploy',
      'build-hostapp',
      'create-draft',
      'run-suite.smoke',
    ]);
  });

  it('of a stage that is left out tells the rule and the command that changes it', () => {
    expect(explainStage('finalize', plan, [])).toEqual([
      { about: 'stage finalize', outcome: 'skip', because: 'the plan leaves it out', change: null },
      {
        about: 'finalize.evidence',
        outcome: 'skip',
        because: 'suite cloud has no receipt',
        change: 'osrel test',
      },
    ]);
  });

  it('of a refusal tells the error first and leaves out what was no obstacle', () => {
    const decisions = [...plan.decisions, { rule: 'event.build', outcome: 'yes', because: 'default' }];
    const chain = explainRefusal({
      runId: 'r',
      startedAt: at,
      command: 'osrel release',
      target: {},
      error,
      decisions,
    });
    expect(chain.map((reason) => reason.about)).toEqual(['osrel release (r)', 'finalize.evidence']);
    expect(chain[0]?.change).toBe('see the log');
  });
});
