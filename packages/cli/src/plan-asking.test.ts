import {
  badUsage,
  type Plan,
  type PlannedRelease,
  type PlanRequest,
  type Ports,
  parseConfig,
} from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { createFlags } from './flags.ts';
import { planAsking } from './plan-asking.ts';
import { settleFlags } from './settings.ts';
import type { Terminal } from './terminal.ts';
import { samplePlan } from './testing/sample-run.ts';

const REQUEST: PlanRequest = {
  trigger: { kind: 'nothing', repository: null, because: 'a test' },
  config: parseConfig({}, { file: 'osrel.yml' }),
  environment: 'local',
  machines: [],
  slug: null,
  savedFacts: null,
};
const AMBIGUOUS = badUsage('machine.ambiguous', 'two device types', {
  details: { machines: ['one', 'two'] },
});
// Nothing here looks at a port.
const PORTS = {} as Ports;

/** Plans with a planner that accepts one machine only, and a person who gives these answers. */
async function plan(
  answers: readonly string[],
  { machines = [] as readonly string[], values = {}, canAsk = true } = {},
): Promise<{ readonly planned: readonly PlannedRelease[]; readonly said: string }> {
  let said = '';
  const left = [...answers];
  const stream = { isTerminal: true, columns: 80, writeSecret: () => undefined };
  const terminal: Terminal = {
    stdout: { ...stream, write: () => undefined },
    stderr: {
      ...stream,
      write: (text) => {
        said += text;
      },
    },
    environment: {},
    canAsk,
    ask: async () => left.shift() ?? '',
  };
  const planRelease = async (request: PlanRequest): Promise<readonly PlannedRelease[]> => {
    const [machine, ...others] = request.machines;
    if (machine !== 'one' && machine !== 'two') throw AMBIGUOUS;
    expect(others).toEqual([]);
    const made: Plan = samplePlan({ planId: machine });
    return [{ plan: made, facts: {} }];
  };
  const settings = settleFlags({ flags: createFlags(values), frontEndArguments: [] }, '/');
  const planned = await planAsking(
    { ...REQUEST, machines },
    { host: { planRelease, terminal }, settings, ports: PORTS },
  );
  return { planned, said };
}

describe('planning for a device type that was not named', () => {
  it.each([['2'], ['two'], [' 2 ']])('asks, and takes "%s" for an answer', async (answer) => {
    const { planned, said } = await plan([answer]);
    expect(planned.map((each) => each.plan.planId)).toEqual(['two']);
    expect(said).toBe('Which device type?\n  1  one\n  2  two\n');
  });

  it('asks also when a machine has several device types', async () => {
    const { planned } = await plan(['1'], { machines: ['shared'] });
    expect(planned.map((each) => each.plan.planId)).toEqual(['one']);
  });

  it.each([['3'], ['0'], [''], ['three']])('refuses the answer "%s"', async (answer) => {
    await expect(plan([answer])).rejects.toBe(AMBIGUOUS);
  });

  it('asks nobody off a terminal, with --no-input, or about one of several', async () => {
    await expect(plan(['1'], { canAsk: false })).rejects.toBe(AMBIGUOUS);
    await expect(plan(['1'], { values: { noInput: true } })).rejects.toBe(AMBIGUOUS);
    await expect(plan(['1'], { machines: ['shared', 'other'] })).rejects.toBe(AMBIGUOUS);
  });

  it('asks nothing when it is named', async () => {
    expect(await plan([], { machines: ['one'] })).toMatchObject({ said: '' });
  });
});
