import { join } from 'node:path';
import { type RefusalRecord, STAGES } from '@osrel/core';
import { z } from 'zod';
import { findJson, writeJson } from './json-file.ts';

const decisionSchema = z.object({
  rule: z.string(),
  outcome: z.string(),
  because: z.string(),
  stage: z.enum(STAGES).exactOptional(),
  origin: z.string().exactOptional(),
  change: z.string().exactOptional(),
});

const refusalSchema = z.object({
  runId: z.string(),
  startedAt: z.string(),
  command: z.string(),
  target: z.object({
    machine: z.string().exactOptional(),
    slug: z.string().exactOptional(),
    version: z.string().exactOptional(),
    esr: z.boolean().exactOptional(),
  }),
  error: z.object({
    code: z.string(),
    message: z.string(),
    hint: z.string().nullable(),
    exitCode: z.number().int(),
  }),
  decisions: z.array(decisionSchema),
});

/** Writes `refusal.json` into a run's folder, with one rename. */
export async function writeRefusal(folder: string, refusal: RefusalRecord): Promise<void> {
  await writeJson(pathOf(folder), refusalSchema.parse(refusal));
}

/** The refusal kept in a run's folder; undefined when the run was not refused. */
export async function findRefusal(folder: string): Promise<RefusalRecord | undefined> {
  return findJson(pathOf(folder), refusalSchema);
}

function pathOf(folder: string): string {
  return join(folder, 'refusal.json');
}
