import { describe, expect, it } from 'vitest';
import { digestOfJson } from '../model/json.ts';
import { checkPlan, linkPlan } from './link-plan.ts';
import type { Plan, Step, UnlinkedPlan } from './plan.ts';
import { NO_RETRY } from './step-ref.ts';

function step(id: string, differing: Partial<Step> = {}): Step {
  const common = { kind: 'toy', stage: 'build', needs: [], writes: false, summary: id, with: {} } as const;
  return { ...common, id, retry: NO_RETRY, timeoutMs: null, ...differing };
}

function unlinked(steps: readonly Step[], differing: Partial<UnlinkedPlan> = {}): UnlinkedPlan {
  return {
    system: 'toy',
    environment: 'local',
    target: { machine: 'm', slug: 'm', version: '1.0.0', esr: false },
    trigger: { kind: 'tag', repository: 'o/r', tag: 'v1.0.0', sha: 'a' },
    source: { sha: 'a', repository: 'o/r' },
    stages: { build: 'run', test: 'run', deploy: 'run', finalize: 'run', esr: 'skip' },
    steps,
    decisions: [{ rule: 'esr.version', outcome: 'skip', because: '1.0.0 is no ESR version', stage: 'esr' }],
    ...differing,
  };
}

const idsOf = (plan: Plan) => plan.steps.map(({ id }) => id);
const readBack = (plan: unknown): unknown => JSON.parse(JSON.stringify(plan));

describe('linkPlan', () => {
  it('puts steps behind their needs, then by stage, then in the order given', () => {
    const plan = linkPlan(
      unlinked([
        step('upload', { stage: 'deploy' }),
        step('check', { stage: 'finalize', needs: [] }),
        step('second'),
        step('first', { needs: ['suite'] }),
        step('suite', { stage: 'test' }),
      ]),
    );

    expect(idsOf(plan)).toEqual(['second', 'suite', 'first', 'upload', 'check']);
  });

  it('gives equal content an equal id, whatever the order of keys', () => {
    const plan = linkPlan(unlinked([step('a', { with: { x: 1, y: 2 } })]));
    const same = linkPlan(unlinked([step('a', { with: { y: 2, x: 1 } })]));

    expect(plan.planId).toMatch(/^[0-9a-f]{64}$/);
    expect(same.planId).toBe(plan.planId);
    const { planId, ...content } = plan;
    expect(planId).toBe(digestOfJson(content));
  });

  it.each([
    ['a changed input', unlinked([step('a', { with: { x: 1 } })])],
    ['another environment', unlinked([step('a')], { environment: 'balena-cloud.com' })],
    ['another time limit', unlinked([step('a', { timeoutMs: 5 })])],
  ])('gives %s another id', (_, other) => {
    expect(linkPlan(other).planId).not.toBe(linkPlan(unlinked([step('a')])).planId);
  });

  it.each<[string, UnlinkedPlan, RegExp]>([
    ['an id used twice', unlinked([step('a'), step('a')]), /"a" is used twice/],
    ['an id that is no file name', unlinked([step('../a')]), /"\.\.\/a" is no step id/],
    ['an unknown need', unlinked([step('a', { needs: ['b'] })]), /there is no step "b"/],
    [
      'a reference outside the needs',
      unlinked([step('b'), step('a', { with: { deep: [{ $output: { from: 'b', key: 'k' } }] } })]),
      /refers to "b", which it does not need/,
    ],
    [
      'a malformed reference',
      unlinked([step('a', { with: { x: { $output: { from: 'b' } } } })]),
      /steps\.a\.with\.x is no well-formed/,
    ],
    [
      'a cycle',
      unlinked([step('a', { needs: ['b'] }), step('b', { needs: ['a'] }), step('c')]),
      /cycle: a, b/,
    ],
    ['a step that needs itself', unlinked([step('a', { needs: ['a'] })]), /cycle: a/],
    [
      'a step in a skipped stage',
      unlinked([step('a', { stage: 'esr' })]),
      /stages\.esr is skipped but has the steps a/,
    ],
    [
      'a skipped stage without a reason',
      unlinked([step('a')], { decisions: [] }),
      /stages\.esr is skipped without a decision/,
    ],
  ])('takes %s for a defect of the planner', (_, plan, message) => {
    expect(() => linkPlan(plan)).toThrow(message);
    expect(() => linkPlan(plan)).toThrow(expect.not.objectContaining({ name: 'OsrelError' }));
  });

  it('names all problems at once', () => {
    const plan = unlinked([step('a', { needs: ['x'] }), step('B')], { decisions: [] });

    expect(() => linkPlan(plan)).toThrow(/no step id.*no step "x".*without a decision/s);
  });
});

describe('checkPlan', () => {
  const plan = linkPlan(
    unlinked([step('a', { with: { x: [1, null, { y: 'z' }] } }), step('b', { needs: ['a'], stage: 'test' })]),
  );

  it('reads back what linkPlan made', () => {
    expect(checkPlan(readBack(plan))).toEqual(plan);
  });

  it.each([
    ['an input', { ...plan, steps: plan.steps.map((item) => ({ ...item, with: { x: 2 } })) }],
    ['a decision', { ...plan, decisions: plan.decisions.map((item) => ({ ...item, because: 'I say so' })) }],
    ['the order of steps', { ...plan, steps: plan.steps.toReversed() }],
    ['the environment', { ...plan, environment: 'balena-cloud.com' }],
  ])('refuses a plan in which %s was changed, naming both ids', (_, altered) => {
    const error = thrownBy(() => checkPlan(readBack(altered)));

    expect(error).toMatchObject({ kind: 'integrity', code: 'plan.altered', exitCode: 8 });
    expect(error).toMatchObject({
      message: expect.stringMatching(new RegExp(`${plan.planId}.*[0-9a-f]{64}`)),
    });
  });

  it('refuses a plan of a newer osrel by its version, not by its shape', () => {
    expect(thrownBy(() => checkPlan({ schemaVersion: 2, waves: [] }))).toMatchObject({
      code: 'plan.schema-version',
      exitCode: 2,
    });
  });

  it.each([['text'], [null], [[]], [{}], [{ schemaVersion: 'one' }]])('refuses %j as no plan', (raw) => {
    expect(thrownBy(() => checkPlan(raw))).toMatchObject({ code: 'plan.malformed', exitCode: 2 });
  });

  it('names every malformed place', () => {
    const raw = { ...plan, planId: 'short', steps: [{ ...plan.steps[0], writes: 'no' }], extra: 1 };

    const error = thrownBy(() => checkPlan(readBack(raw)));

    expect(error).toMatchObject({
      code: 'plan.malformed',
      message: expect.stringMatching(/planId.*steps\.0\.writes.*extra/s),
    });
  });

  it('refuses a plan that was made by hand and cannot be carried out', () => {
    const { planId: _, ...content } = { ...plan, steps: [step('a', { needs: ['a'] })] };

    const error = thrownBy(() => checkPlan({ ...content, planId: digestOfJson(content) }));

    expect(error).toMatchObject({ code: 'plan.malformed', problems: [{ at: 'steps' }] });
  });
});

function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return expect.unreachable('nothing was thrown');
}
