import { z } from 'zod';
import { badUsage } from '../errors/osrel-error.ts';
import { STAGES } from '../model/stage.ts';
import type { Plan } from './plan.ts';
import { triggerSchema } from './trigger-schema.ts';

/** The only version of plan files that this osrel reads and writes. */
export const PLAN_SCHEMA_VERSION = 1;

const stageChoice = z.enum(['run', 'skip']);

const decisionSchema = z.strictObject({
  rule: z.string(),
  outcome: z.string(),
  because: z.string(),
  stage: z.enum(STAGES).exactOptional(),
  origin: z.string().exactOptional(),
  change: z.string().exactOptional(),
});

const stepSchema = z.strictObject({
  id: z.string(),
  kind: z.string(),
  stage: z.enum(STAGES),
  needs: z.array(z.string()),
  writes: z.boolean(),
  summary: z.string(),
  with: z.json(),
  retry: z.strictObject({
    attempts: z.number().int().positive(),
    firstDelayMs: z.number().nonnegative(),
    factor: z.number().nonnegative(),
    maxDelayMs: z.number().nonnegative(),
  }),
  timeoutMs: z.number().positive().nullable(),
});

/** The shape of a plan file; closed, because an unknown key would be part of the id but not of what is done. */
export const planSchema: z.ZodType<Plan> = z.strictObject({
  schemaVersion: z.literal(PLAN_SCHEMA_VERSION),
  planId: z.string().regex(/^[0-9a-f]{64}$/, 'is no plan id (64 lower-case hex digits)'),
  system: z.string(),
  environment: z.string(),
  target: z.strictObject({ machine: z.string(), slug: z.string(), version: z.string(), esr: z.boolean() }),
  trigger: triggerSchema,
  source: z.strictObject({ sha: z.string(), repository: z.string().nullable() }),
  stages: z.record(z.enum(STAGES), stageChoice),
  steps: z.array(stepSchema),
  decisions: z.array(decisionSchema),
});

/** The value as a plan, its id unchecked. Throws usage `plan.malformed` with all problems or `plan.schema-version`. */
export function parsePlanShape(raw: unknown): Plan {
  refuseNewerSchema(raw);
  const parsed = planSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => ({
    at: path.join('.') || 'plan',
    message,
  }));
  const places = problems.map(({ at, message }) => `${at}: ${message}`).join('; ');
  throw badUsage('plan.malformed', `this is no plan of osrel: ${places}`, {
    problems,
    hint: 'make one with osrel plan --out FILE',
  });
}

const versioned = z.looseObject({ schemaVersion: z.number() });

function refuseNewerSchema(raw: unknown): void {
  const { data } = versioned.safeParse(raw);
  if (data === undefined || data.schemaVersion <= PLAN_SCHEMA_VERSION) return;
  throw badUsage(
    'plan.schema-version',
    `the plan has schema version ${data.schemaVersion}; this osrel reads version ${PLAN_SCHEMA_VERSION}`,
    { hint: 'use the osrel that made the plan, or make the plan again' },
  );
}
