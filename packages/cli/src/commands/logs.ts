import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { badUsage, type RunRecord } from '@osrel/core';
import { unknownWord } from '../choose-devices.ts';
import type { CommandRun, Host, Workspace } from '../host.ts';

/** `osrel logs RUN [STEP]`: the kept logs, on stdout. */
export const showLogs: CommandRun = async ({ settings, arguments: [asked, step] }, host) => {
  const workspace = await host.openWorkspace(settings);
  const record = await workspace.runStore.open(await runIdOf(asked, workspace));
  // Only ids of the plan become file names, so no word can lead out of the folder.
  const steps = step === undefined ? record.plan.steps.map((each) => each.id) : [checkStep(step, record)];
  const folder = join(workspace.root, '.osrel', 'runs', record.runId, 'logs');
  const kept = await listFiles(folder);
  const logs = steps.map((id) => ({ id, file: `${id}.log` })).filter((log) => kept.includes(log.file));
  if (logs.length === 0) {
    const what = step === undefined ? `run ${record.runId}` : `step "${step}" of run ${record.runId}`;
    throw badUsage('logs.none', `${what} left no log: nothing in it printed a line`, {
      hint: `what happened is told by: osrel why ${record.runId}`,
    });
  }
  if (settings.output === 'text') {
    for (const log of logs) await printLog(join(folder, log.file), step === undefined ? log.id : null, host);
    return 0;
  }
  for (const log of logs) await printJsonLines(join(folder, log.file), log.id, host);
  return 0;
};

/** A run id; `last` is the newest run. Throws usage `run.none`. */
export async function runIdOf(asked: string | undefined, { runStore }: Workspace): Promise<string> {
  if (asked !== undefined && asked !== 'last') return asked;
  const [newest] = await runStore.list();
  if (newest !== undefined) return newest.runId;
  throw badUsage('run.none', 'nothing ran here yet', { hint: 'start with: osrel plan' });
}

function checkStep(step: string, { plan, runId }: RunRecord): string {
  const known = plan.steps.map((each) => each.id);
  if (known.includes(step)) return step;
  throw unknownWord('step.unknown', `run ${runId} has no step "${step}"`, { word: step, known });
}

async function listFiles(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

async function printLog(file: string, title: string | null, host: Host): Promise<void> {
  if (title !== null) host.terminal.stdout.write(`${host.paint.stdout.strong(`== ${title}`)}\n`);
  for await (const chunk of createReadStream(file, 'utf8')) host.terminal.stdout.write(String(chunk));
}

async function printJsonLines(file: string, step: string, host: Host): Promise<void> {
  for await (const line of createInterface({
    input: createReadStream(file, 'utf8'),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    host.terminal.stdout.write(`${JSON.stringify({ step, line })}\n`);
  }
}
