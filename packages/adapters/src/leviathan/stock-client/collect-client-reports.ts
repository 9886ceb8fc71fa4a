import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../../if-present.ts';
import type { SuiteTrace } from '../leviathan-parts.ts';

export interface ReportSearch {
  /** Absolute path of the folder that the client wrote its reports into. */
  readonly reports: string;
  /** Everything the client printed: the log where it left none of the suite. */
  readonly clientLog: string;
  /** Told what could not be found. */
  readonly onNote: (line: string) => void;
}

/** The files of one suite among the client's reports (leviathan 4.3). */
export async function collectClientReports(search: ReportSearch): Promise<Omit<SuiteTrace, 'ending'>> {
  const names = await namesIn(search.reports);
  const find = async (pattern: RegExp): Promise<string | null> => {
    const [name] = names.filter((each) => pattern.test(each)).sort();
    const path = name === undefined ? null : join(search.reports, name);
    return path !== null && (await stat(path)).size > 0 ? path : null;
  };
  return {
    log: (await find(/^worker-.*\.log$/)) ?? search.clientLog,
    serial: await find(/^dut-serial-.*\.log$/),
    artifacts: await find(/^artifacts-.*\.tar\.gz$/),
    summary: await findSummary(search),
  };
}

/**
 * The client merges the summaries of its suites into a list; here it had one suite. Instead of one that it could not
 * download it puts the core's refusal there. What is no such list is given as it is: what is wrong with it is judged
 * where summaries are read.
 */
async function findSummary({ reports, onNote }: ReportSearch): Promise<string | null> {
  const merged = join(reports, 'final-result.json');
  const text = await readFile(merged, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (text === undefined) {
    onNote('the client left no final-result.json');
    return null;
  }
  const list = parseJson(text);
  if (!Array.isArray(list)) return merged;
  const [summary] = list as readonly unknown[];
  if (typeof summary !== 'object' || summary === null || !('stats' in summary)) {
    onNote('the client has no summary of the suite');
    return null;
  }
  const path = join(reports, 'test-summary.json');
  await writeFile(path, JSON.stringify(summary));
  return path;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Said by whoever reads the summary.
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
