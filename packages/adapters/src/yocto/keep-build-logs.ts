import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { BuildObserver } from '@osrel/core';
import type { FailedTask } from './build-watch.ts';

export interface BuildLogsQuestion {
  readonly failed: readonly FailedTask[];
  /** Absolute path. */
  readonly buildDirectory: string;
  /** Where a log lies on this machine that the build names by a path of its own. */
  readonly pathOf: (logFile: string) => string;
  readonly keepLog: BuildObserver['keepLog'];
}

/** More would hide what matters; all of them stay in the build folder. */
const MOST = 20;

/**
 * Keeps the logs that explain a failure: of each failed task its log and its script, and that of bitbake's server. Those
 * of setscene tasks, which a build recovers from, come last. Throws what `keepLog` throws.
 */
export async function keepBuildLogs(question: BuildLogsQuestion): Promise<void> {
  const { failed, buildDirectory, pathOf, keepLog } = question;
  const ranked = [...failed].sort((one, other) => Number(one.isSetscene) - Number(other.isSetscene));
  for (const { recipe, logFile } of ranked.filter(hasLog).slice(0, MOST)) {
    const path = pathOf(logFile);
    await keepLog(`${recipe}.${basename(path)}`, path);
    const script = await findScript(path);
    if (script !== undefined) await keepLog(`${recipe}.${basename(script)}`, script);
  }
  await keepLog('bitbake-cookerdaemon.log', join(buildDirectory, 'bitbake-cookerdaemon.log'));
}

function hasLog(task: FailedTask): task is FailedTask & { readonly logFile: string } {
  return task.logFile !== null;
}

/** `run.do_compile.4711` beside `log.do_compile.4711`. */
async function findScript(log: string): Promise<string | undefined> {
  const wanted = basename(log).replace(/^log\./, 'run.');
  const names: readonly string[] = await readdir(dirname(log)).catch(() => []); // rm_work may have removed it
  return names.includes(wanted) && wanted !== basename(log) ? join(dirname(log), wanted) : undefined;
}
