import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { badUsage, type Json, type PlannedRelease, STAGES, type Stage } from '@osrel/core';
import { suggestNext } from '../answer.ts';
import { showPlans } from '../carry-out.ts';
import { commandTrigger } from '../command-trigger.ts';
import type { CommandRun, Invocation } from '../host.ts';
import { plansDocument } from '../run-documents.ts';

/** `osrel plan`: facts, plan, every decision; writes only the files it is told to. */
export const showPlan: CommandRun = async (invocation, host) => {
  const { settings, flags } = invocation;
  const asked = flags.listTexts('stage');
  // To look is no demand: the ESR stage of an ESR version is shown without --esr.
  const stages = asked.length === 0 ? STAGES : STAGES.filter((stage) => asked.includes(stage));
  const trigger = commandTrigger(invocation, { command: soleStage(stages) ?? 'release', stages });
  const savedFacts = await readFacts(invocation);
  const { config, environment, ports } = await host.openWorkspace(settings);
  const { machines, slug } = settings;
  const planned = await host.planRelease({ trigger, config, environment, machines, slug, savedFacts }, ports);
  const plans = planned.map((each) => each.plan);
  const out = flags.findText('out');
  if (out !== undefined) await writeJson(invocation, out, plansDocument(plans));
  const factsFile = flags.findText('saveFacts');
  if (factsFile !== undefined) await writeJson(invocation, factsFile, factsOf(planned));
  showPlans(invocation, host, plans);
  const command = soleStage(stages) ?? 'release';
  suggestNext(host, settings, out === undefined ? `osrel ${command}` : `osrel run --plan ${out}`);
  return 0;
};

function soleStage(stages: readonly Stage[]): Stage | undefined {
  return stages.length === 1 ? stages[0] : undefined;
}

async function readFacts({ flags, settings }: Invocation): Promise<Json | null> {
  const file = flags.findText('facts');
  if (file === undefined) return null;
  try {
    const facts: unknown = JSON.parse(await readFile(resolve(settings.directory, file), 'utf8'));
    return facts as Json; // what JSON.parse gives is JSON; the pipeline parses it with its own schema
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw badUsage('facts.unreadable', `the facts file ${file} cannot be read: ${reason}`, {
      hint: 'make one with: osrel plan --save-facts FILE',
      cause: error,
    });
  }
}

function factsOf(planned: readonly PlannedRelease[]): Json {
  const [only] = planned;
  if (only !== undefined && planned.length === 1) return only.facts;
  throw badUsage(
    'facts.several',
    `--save-facts keeps the facts of one machine, and there are ${planned.length} plans`,
    {
      hint: 'name one with --machine NAME',
    },
  );
}

async function writeJson({ settings }: Invocation, file: string, value: unknown): Promise<void> {
  try {
    await writeFile(resolve(settings.directory, file), `${JSON.stringify(value, null, 2)}\n`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw badUsage('file.unwritable', `${file} cannot be written: ${reason}`, {
      hint: 'name a file in a folder that exists',
      cause: error,
    });
  }
}
