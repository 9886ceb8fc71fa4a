import { z } from 'zod';
import { STAGES } from '../model/stage.ts';
import type { Trigger } from '../model/trigger.ts';

const manualRequest = z.strictObject({
  runTests: z.boolean().exactOptional(),
  deployHostapp: z.boolean().exactOptional(),
  deployStore: z.boolean().exactOptional(),
  forceFinalize: z.boolean(),
  reason: z.string().exactOptional(),
  environment: z.string().exactOptional(),
});

/** The shape of a trigger in a plan file. */
export const triggerSchema: z.ZodType<Trigger> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('pull-request'),
    repository: z.string(),
    number: z.number(),
    title: z.string().nullable(),
    headSha: z.string(),
    sha: z.string(),
    headRef: z.string(),
    baseRef: z.string(),
    origin: z.enum(['own', 'fork']),
    carriesSecrets: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('tag'), repository: z.string(), tag: z.string(), sha: z.string() }),
  z.strictObject({ kind: z.literal('branch'), repository: z.string(), branch: z.string(), sha: z.string() }),
  z.strictObject({
    kind: z.literal('manual'),
    repository: z.string(),
    ref: z.string(),
    sha: z.string(),
    actor: z.string().nullable(),
    request: manualRequest,
  }),
  z.strictObject({ kind: z.literal('schedule'), repository: z.string(), ref: z.string(), sha: z.string() }),
  z.strictObject({
    kind: z.literal('command'),
    command: z.enum(['release', ...STAGES]),
    repository: z.string().nullable(),
    stages: z.array(z.enum(STAGES)),
    demandsEsr: z.boolean(),
    force: z.strictObject({ reason: z.string() }).nullable(),
    release: z.string().nullable(),
    entries: z.array(z.string()).exactOptional(),
    replacePublished: z.string().exactOptional(),
  }),
  z.strictObject({
    kind: z.literal('undo'),
    action: z.enum(['withdraw', 'rollback']),
    repository: z.string().nullable(),
    version: z.string().nullable(),
    esr: z.boolean(),
    reason: z.string(),
  }),
  z.strictObject({ kind: z.literal('nothing'), repository: z.string().nullable(), because: z.string() }),
]);
