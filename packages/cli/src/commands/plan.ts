import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { badUsage, type Json, type PlannedRelease, STAGES, type Stage } from '@osrel/core';
import { suggestNext } from '../answer.ts';
import { showPlans } from '../carry-out.ts';
import { commandTrigger } from '../command-trigger.ts';
import type { CommandRun, Invocation } from '../host.ts';
import { planAsking } from '../plan-asking.ts';
import { plansDocument } from '../run-documents.ts';
import type { Settings } from '../settings.ts';
import { quoteWord } from '../text/shell-words.ts';

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
  // To look is not to wait.
  const wanted = { trigger, config, environment, machines, slug, savedFacts, waiting: { minutes: 0 } };
  const planned = await planAsking(wanted, { host, settings, ports });
  const plans = planned.map((each) => each.plan);
  const out = flags.findText('out');
  if (out !== undefined) await writeJson(invocation, out, plansDocument(plans));
  const factsFile = flags.findText('saveFacts');
  if (factsFile !== undefined) await writeJson(invocation, factsFile, factsOf(planned));
  showPlans(invocation, host, plans);
  const command = soleStage(stages) ?? 'release';
  const next = out === undefined ? ['osrel', command] : ['osrel', 'run', '--plan', quoteWord(out)];
  suggestNext(host, settings, [...next, ...buildWords(settings.build)].join(' '));
  return 0;
};

/** The plan is compared with a new one when it is run: that must be made with the same flags. */
function buildWords({ container, arguments: words = [] }: Settings['build']): readonly string[] {
  return [
    ...(container === undefined ? [] : ['--container', container]),
    ...(words.length === 0 ? [] : ['--', ...words.map(quoteWord)]),
  ];
}

function soleStage(stages: readonly Stage[]): Stage | undefined {
  return stages.length === 1 ? stages[0] : undefined;
}

/** The facts in the file of `--facts`; null without that flag. Throws usage `facts.unreadable`. */
export async function readFacts({
  flags,
  settings,
}: Pick<Invocation, 'flags' | 'settings'>): Promise<Json | null> {
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
