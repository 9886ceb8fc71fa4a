import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Json, type Ports, parseConfig, planRelease, type Trigger, triggerSchema } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const folder = import.meta.dirname;
const names = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

/**
 * Each folder holds the facts and the request of one situation and the plan that follows from them: a changed plan is a
 * changed file. Write the plans anew with: npm test -- test/scenarios --update
 */
describe('scenarios', () => {
  it('are there', () => {
    expect(names.length).toBeGreaterThan(5);
  });

  it.each(names)('plans %s as written down', async (name) => {
    const { trigger, osrelYml } = readRequest(name);
    const [planned] = await planRelease(
      {
        trigger,
        config: parseConfig(osrelYml ?? undefined, { file: 'osrel.yml' }),
        environment: 'local',
        machines: [],
        slug: null,
        savedFacts: readJson(name, 'facts.json') as Json,
      },
      {} as Ports,
    );
    await expect(`${JSON.stringify(planned?.plan, null, 2)}\n`).toMatchFileSnapshot(
      join(folder, name, 'plan.json'),
    );
  });
});

function readRequest(name: string): { readonly trigger: Trigger; readonly osrelYml: unknown } {
  return z
    .strictObject({ trigger: triggerSchema, osrelYml: z.unknown() })
    .parse(readJson(name, 'request.json'));
}

function readJson(name: string, file: string): unknown {
  return JSON.parse(readFileSync(join(folder, name, file), 'utf8'));
}
