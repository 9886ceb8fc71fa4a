import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { badUsage, type RunRecord } from '@osrel/core';
import { say } from '../answer.ts';
import { unknownWord } from '../choose-devices.ts';
import type { CommandRun, Host, Workspace } from '../host.ts';

/** A log on disk. */
interface KeptLog {
  readonly step: string;
  /** What a person calls it: the step, or the step and the name of a tool's own log. */
  readonly title: string;
  readonly path: string;
}

/**
 * `osrel logs RUN [STEP [LOG]]`: the kept logs, on stdout; on stderr, which logs of single tasks were kept besides, and
 * how to see them.
 */
export const showLogs: CommandRun = async ({ settings, arguments: [asked, step, name] }, host) => {
  const workspace = await host.openWorkspace(settings);
  const record = await workspace.runStore.open(await runIdOf(asked, workspace));
  // Only ids of the plan and names that a folder holds become file names, so no word can lead elsewhere.
  const steps = step === undefined ? record.plan.steps.map((each) => each.id) : [checkStep(step, record)];
  const folder = join(workspace.root, '.osrel', 'runs', record.runId, 'logs');
  const whole = await listStepLogs(folder, steps);
  const tasks = await listTaskLogs(folder, steps);
  const logs = name === undefined ? whole : [findTaskLog(name, tasks)];
  if (logs.length === 0) {
    const what = step === undefined ? `run ${record.runId}` : `step "${step}" of run ${record.runId}`;
    throw badUsage('logs.none', `${what} left no log: nothing in it printed a line`, {
      hint: `what happened is told by: osrel why ${record.runId}`,
    });
  }
  const isText = settings.output === 'text';
  for (const log of logs) {
    if (isText) await printLog(log, logs.length > 1, host);
    else await printJsonLines(log, host);
  }
  if (isText && name === undefined) {
    for (const { title } of tasks) say(host, settings, `more: osrel logs ${record.runId} ${title}`);
  }
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

async function listStepLogs(folder: string, steps: readonly string[]): Promise<readonly KeptLog[]> {
  const kept = await listNames(folder);
  return steps
    .filter((step) => kept.includes(`${step}.log`))
    .map((step) => ({ step, title: step, path: join(folder, `${step}.log`) }));
}

/** Logs that the tools of a step left behind, such as those of failed tasks. */
async function listTaskLogs(folder: string, steps: readonly string[]): Promise<readonly KeptLog[]> {
  const kept = await listNames(folder);
  const logs: KeptLog[] = [];
  for (const step of steps.filter((each) => kept.includes(each))) {
    for (const name of (await listNames(join(folder, step))).toSorted()) {
      logs.push({ step, title: `${step} ${name}`, path: join(folder, step, name) });
    }
  }
  return logs;
}

function findTaskLog(name: string, logs: readonly KeptLog[]): KeptLog {
  const found = logs.find(({ step, title }) => title === `${step} ${name}`);
  if (found !== undefined) return found;
  const known = logs.map(({ step, title }) => title.slice(step.length + 1));
  throw unknownWord('logs.unknown', `there is no kept log "${name}"`, { word: name, known });
}

async function listNames(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

async function printLog({ title, path }: KeptLog, isTitled: boolean, host: Host): Promise<void> {
  if (isTitled) host.terminal.stdout.write(`${host.paint.stdout.strong(`== ${title}`)}\n`);
  for await (const chunk of createReadStream(path, 'utf8')) host.terminal.stdout.write(String(chunk));
}

async function printJsonLines({ step, path }: KeptLog, host: Host): Promise<void> {
  for await (const line of createInterface({
    input: createReadStream(path, 'utf8'),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    host.terminal.stdout.write(`${JSON.stringify({ step, line })}\n`);
  }
}
