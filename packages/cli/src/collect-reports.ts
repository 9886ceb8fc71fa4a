import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '@osrel/adapters';
import {
  countTests,
  type Plan,
  renderJunit,
  type StepReport,
  type SuiteReport,
  suiteReportSchema,
} from '@osrel/core';
import type { FinishedRun } from './run-documents.ts';

/** A suite of a run, with what it left behind. */
export interface CollectedSuite {
  readonly report: SuiteReport;
  /** Absolute path of the folder with its kept files; it may be missing. */
  readonly folder: string;
  /** Absolute path of the lines it printed; it may be missing. */
  readonly log: string;
}

/**
 * Reads what the suites of a run reported and writes `.osrel/runs/<run>/reports/{summary.json,junit.xml}`; nothing where
 * the plan has no suite. A suite that was to run and has no report, because it was cancelled, broke off or never began,
 * tested nothing and is reported so, as of `now` (ISO 8601). Throws tool `disk.full` and the like.
 */
export async function collectReports(
  { plan, report }: FinishedRun,
  { root, now }: { readonly root: string; readonly now: string },
): Promise<readonly CollectedSuite[]> {
  const run = join(root, '.osrel', 'runs', report.runId);
  const suites: CollectedSuite[] = [];
  for (const step of report.steps.filter((each) => each.kind === 'run-suite')) {
    const folder = join(run, 'logs', step.id);
    const found = await readReport(folder, step, (because) => missing(step, plan, { because, now }));
    if (found !== undefined) suites.push({ report: found, folder, log: `${folder}.log` });
  }
  if (suites.length > 0) await writeReports(join(run, 'reports'), suites);
  return suites;
}

/** `summary.json` and `junit.xml` of these suites, in this folder. */
export async function writeReports(folder: string, suites: readonly CollectedSuite[]): Promise<void> {
  const reports = suites.map((suite) => suite.report);
  const summary = { schemaVersion: 1, suites: reports };
  await writeFileAtomically(join(folder, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
  await writeFileAtomically(join(folder, 'junit.xml'), renderJunit(reports));
}

async function readReport(
  folder: string,
  step: StepReport,
  instead: (because: string) => SuiteReport,
): Promise<SuiteReport | undefined> {
  const text = await readFile(join(folder, 'summary.json'), 'utf8').catch(() => undefined);
  if (text !== undefined) return parseReport(text) ?? instead('its summary cannot be read');
  // An earlier run of the same plan reported it.
  if (step.outcome === 'done' || step.outcome === 'adopted') return undefined;
  return instead(`it has no result: ${step.error?.message ?? step.because ?? `it ended as ${step.outcome}`}`);
}

function parseReport(text: string): SuiteReport | undefined {
  try {
    return suiteReportSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** What is known of a suite before it runs; a part that an earlier step was to bring is left empty. */
function plannedWord(step: StepReport, plan: Plan, name: string): string {
  const wish = plan.steps.find((each) => each.id === step.id)?.with ?? {};
  const value = Object.entries(wish).find(([key]) => key === name)?.[1];
  return typeof value === 'string' ? value : '';
}

function missing(
  step: StepReport,
  plan: Plan,
  { because, now }: { readonly because: string; readonly now: string },
): SuiteReport {
  const word = (name: string): string => plannedWord(step, plan, name);
  const { machine, slug, version } = plan.target;
  return {
    schemaVersion: 1,
    entry: word('id') || step.id,
    suite: word('suite') || step.id,
    suiteRevision: null,
    lab: word('lab'),
    worker: word('worker'),
    rig: null,
    machine,
    slug,
    version,
    manifestSha256: word('manifestSha256'),
    given: [],
    verdict: 'nothing-tested',
    rule: 'not-run',
    because,
    counts: countTests([]),
    tests: [],
    attempts: [],
    waivers: [],
    startedAt: now,
    finishedAt: now,
    durationMs: step.durationMs,
  };
}
