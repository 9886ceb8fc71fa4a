import { cp, mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { asOsrelError, toolFailed } from '@osrel/core';
import { type CollectedSuite, writeReports } from './collect-reports.ts';

/**
 * Writes the reports of all these suites into a folder of the user: `summary.json`, `junit.xml`, and what each suite
 * left behind below `<slug>-<entry>/`. Files of an earlier export are replaced; no two suites share a folder. Throws tool
 * `reports.not-written`.
 */
export async function exportReports(folder: string, suites: readonly CollectedSuite[]): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    const names = nameFolders(suites);
    for (const [suite, name] of names) await exportSuite(suite, join(folder, name));
    await writeReports(folder, suites);
  } catch (error) {
    const said = asOsrelError(error)?.message ?? (error instanceof Error ? error.message : String(error));
    throw toolFailed('reports.not-written', `the test reports cannot be written to ${folder}: ${said}`, {
      hint: 'they are kept in .osrel/runs/<run>/reports; name another folder with --reports',
      cause: error,
    });
  }
}

async function exportSuite({ report, folder, log }: CollectedSuite, target: string): Promise<void> {
  // Only a folder that an export made is emptied.
  if (await exists(join(target, 'summary.json'))) await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  if (await exists(folder)) await cp(folder, target, { recursive: true });
  if (await exists(log)) await cp(log, join(target, 'output.log'));
  await writeReports(target, [{ report, folder, log }]);
}

/** Names of folders, all different also where letters are not told apart. */
function nameFolders(suites: readonly CollectedSuite[]): ReadonlyMap<CollectedSuite, string> {
  const names = new Map<CollectedSuite, string>();
  const taken = new Set<string>();
  for (const suite of suites) {
    const wanted = `${suite.report.slug}-${suite.report.entry}`.replace(/[^A-Za-z0-9._@+=-]/g, '_');
    let name = wanted;
    for (let number = 2; taken.has(name.toLowerCase()); number += 1) name = `${wanted}-${number}`;
    taken.add(name.toLowerCase());
    names.set(suite, name);
  }
  return names;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
