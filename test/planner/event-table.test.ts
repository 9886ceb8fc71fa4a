import type { Plan, Trigger } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { check, type FactsChange, passedChecks } from '../builders/facts.ts';
import { command, manual, planOf, pullRequest, tag } from '../builders/plan-of.ts';

/** The stages that run, in order. */
function running(plan: Plan): string {
  return Object.entries(plan.stages)
    .filter(([, choice]) => choice === 'run')
    .map(([stage]) => stage)
    .join(' ');
}

function becauseOf(plan: Plan, rule: string): string {
  return plan.decisions.find((decision) => decision.rule === rule)?.because ?? `no decision ${rule}`;
}

const passed: FactsChange = { checks: passedChecks() };
const esr: FactsChange = { ...passed, version: '2026.7.0' };

describe('the event table', () => {
  it.each<[string, Trigger, FactsChange, string]>([
    ['builds, tests and drafts an own pull request', pullRequest(), {}, 'build test deploy'],
    ['builds and tests a fork, without credentials', pullRequest({ origin: 'fork' }), {}, 'build test'],
    ['builds, deploys and finalizes a new tag', tag('v6.5.1'), passed, 'build deploy finalize'],
    ['adds the ESR stage for a new ESR tag', tag('v2026.7.0'), esr, 'build deploy finalize esr'],
    ['only builds what was started by hand and asks for nothing', manual(), {}, 'build'],
    ['tests by hand when asked', manual({ runTests: true }), {}, 'build test'],
    ['drafts by hand when asked', manual({ deployHostapp: true, deployStore: true }), passed, 'build deploy'],
    ['finalizes by hand when forced', manual({ forceFinalize: true }), {}, 'build deploy finalize'],
    [
      'does nothing for a branch push',
      { kind: 'branch', repository: 'a/b', branch: 'main', sha: 'a'.repeat(40) },
      {},
      '',
    ],
    [
      'builds and tests on a schedule',
      { kind: 'schedule', repository: 'a/b', ref: 'refs/heads/main', sha: 'a'.repeat(40) },
      {},
      'build test',
    ],
    [
      'does nothing when nothing is asked for',
      { kind: 'nothing', repository: 'a/b', because: 'the pull request was closed' },
      {},
      '',
    ],
    ['does what a tag does for osrel release', command('release'), passed, 'build deploy finalize'],
    [
      'does what an ESR tag does for osrel release --esr',
      command('release', { demandsEsr: true }),
      esr,
      'build deploy finalize esr',
    ],
    ['runs one stage for a stage command', command('build'), {}, 'build'],
  ])('%s', async (_, trigger, change, stages) => {
    expect(running(await planOf(trigger, change))).toBe(stages);
  });

  it.each<[string, Trigger, FactsChange]>([
    ['pull request', pullRequest(), {}],
    ['fork', pullRequest({ origin: 'fork' }), {}],
    ['tag', tag('v6.5.1'), passed],
    ['tag without evidence', tag('v6.5.1'), {}],
    ['nothing', { kind: 'nothing', repository: null, because: 'closed' }, {}],
  ])('gives every skipped stage of a %s a reason', async (_, trigger, change) => {
    const plan = await planOf(trigger, change);
    const skipped = Object.entries(plan.stages).filter(([, choice]) => choice === 'skip');
    const explained = skipped.filter(([stage]) =>
      plan.decisions.some((decision) => decision.rule === `stage.${stage}` && decision.because.length > 5),
    );
    expect(explained).toEqual(skipped);
  });

  it('runs os, cloud and hup as separate entries on a pull request', async () => {
    const plan = await planOf(pullRequest());
    const suites = plan.steps.filter((step) => step.kind === 'run-suite').map((step) => step.id);
    expect(suites).toEqual(['test-os', 'test-cloud', 'test-hup']);
  });

  it('never puts a deploying step into the plan of a fork', async () => {
    const plan = await planOf(pullRequest({ origin: 'fork', carriesSecrets: true }));
    expect(plan.steps.filter((step) => step.stage === 'deploy')).toEqual([]);
    expect(becauseOf(plan, 'stage.deploy')).toContain('never sees deploy credentials');
  });

  it('deploys no files to the store for a pull request (W22)', async () => {
    const plan = await planOf(pullRequest());
    expect(plan.steps.map((step) => step.kind)).not.toContain('upload-images');
    expect(plan.steps.map((step) => step.kind)).toContain('create-draft');
  });

  it('lets osrel.yml change a cell and says so', async () => {
    const plan = await planOf(pullRequest(), {}, { events: { 'pull-request': { 'deploy-hostapp': false } } });
    expect(plan.stages.deploy).toBe('skip');
    const decision = plan.decisions.find((each) => each.rule === 'event.deploy-hostapp');
    expect(decision?.origin).toContain('events.pull-request.deploy-hostapp');
  });

  it('sends an ESR tag to the ESR application and prefix', async () => {
    const plan = await planOf(tag('v2026.7.0'), esr);
    const upload = plan.steps.find((step) => step.kind === 'upload-images');
    expect(upload?.with).toMatchObject({ prefix: 'esr-images/raspberrypi4-64/2026.7.0' });
    const draft = plan.steps.find((step) => step.kind === 'create-draft');
    expect(draft?.with).toMatchObject({
      application: 'balena_os/raspberrypi4-64-esr',
      applicationTags: { 'release-policy': 'esr' },
    });
  });

  it.each([
    [
      'failed',
      [check('os', 'success'), check('cloud', 'failure'), check('hup', 'success')],
      'cloud: failure',
    ],
    [
      'cancelled',
      [check('os', 'cancelled'), check('cloud', 'success'), check('hup', 'success')],
      'os: ended as cancelled',
    ],
    ['running', [check('os', null), check('cloud', 'success'), check('hup', 'success')], 'os: still running'],
    ['missing', [check('os', 'success')], 'cloud: no run was found'],
  ])('keeps a tag as a draft when a suite %s', async (_, checks, reason) => {
    const plan = await planOf(tag('v6.5.1'), { checks });
    expect(running(plan)).toBe('build deploy');
    expect(becauseOf(plan, 'stage.finalize')).toContain(reason);
  });

  it('keeps an ESR tag without evidence from rotating the fleet (W7)', async () => {
    const plan = await planOf(tag('v2026.7.0'), { version: '2026.7.0' });
    expect(running(plan)).toBe('build deploy');
    expect(becauseOf(plan, 'stage.esr')).toContain('a draft never rotates');
  });

  it('records who forced a finalization by hand', async () => {
    const plan = await planOf(manual({ forceFinalize: true, reason: 'the rig burned down' }));
    const finalize = plan.steps.find((step) => step.kind === 'finalize-release');
    expect(finalize?.with).toMatchObject({ tags: { 'osrel-forced': 'the rig burned down' } });
  });
});
