import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  asOsrelError,
  badConfig,
  digestOfJson,
  type Rig,
  rigFailed,
  type SuiteObserver,
  type SuiteProgress,
  type SuiteRequest,
  type SuiteResult,
  type TestLab,
  type TestReport,
  type VerdictRule,
  watchSuiteLog,
} from '@osrel/core';
import { followTapLines, type TapProgress } from '../follow-tap-lines.ts';
import type { OccupiedSlot, ProgramOutcome, ProgramSlot, RunProgram } from '../program-runner.ts';
import { digestGiven } from './digest-given.ts';
import { judgeCommand } from './judge-command.ts';
import { parseJunit } from './parse-junit.ts';
import { parseTap } from './parse-tap.ts';

export interface CommandLabOptions {
  readonly run: RunProgram;
  /** The place of one suite on one device type, by a name fit for a file: it never runs there twice at once. */
  readonly slotOf: (name: string) => ProgramSlot;
  /** Absolute path of the repository's root, where commands start. */
  readonly root: string;
  /** The environment of a command, before the `OSREL_*` variables are added. */
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute path of a folder in which folders for reports may be made. */
  readonly temporaryDirectory: string;
  /** Rules of osrel.yml that name causes of failures. */
  readonly verdicts?: readonly VerdictRule[];
  /** Commit of the repository, whose files the suite is; null where it has none. */
  readonly revisionOf?: (signal: AbortSignal) => Promise<string | null>;
  readonly killAfterMs?: number;
}

const LABS = ['command'];

/** This machine, whichever it is. */
const RIG: Rig = { id: 'local', kind: 'local', name: null };

/** More than any report of a suite; a longer one is not judged. */
const LONGEST_REPORT = 32 * 1024 * 1024;

/**
 * A test lab that runs a command of the repository. What a killed osrel left of a suite is stopped before it runs again.
 * The command gets `OSREL_DEPLOY_DIR`, `OSREL_IMAGE`, `OSREL_MACHINE`, `OSREL_SLUG`, `OSREL_VERSION` and `OSREL_SUITE`,
 * and prints TAP, or prints JUnit or writes it as `*.xml` into `OSREL_REPORTS`. Throws rig `lab.unavailable` for another
 * lab and config `lab.no-command`.
 */
export function createCommandLab(options: CommandLabOptions): TestLab {
  return {
    labs: LABS,
    runSuite: async (request, observer) => {
      checkRequest(request);
      const slot = options.slotOf(digestOfJson([request.slug, request.id]).slice(0, 16));
      const place = await slot.occupy({ signal: observer.signal, onWait: observer.onLine });
      try {
        return await inReportsFolder(options, (reports) =>
          runSuite(request, observer, { ...options, reports, place }),
        );
      } finally {
        await place.leave();
      }
    },
  };
}

async function inReportsFolder<T>(
  { temporaryDirectory }: CommandLabOptions,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(temporaryDirectory, 'osrel-reports-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function checkRequest({ lab, suite, command }: SuiteRequest): void {
  if (!LABS.includes(lab)) {
    throw rigFailed(
      'lab.unavailable',
      `this osrel cannot drive the test lab "${lab}"; it can drive: ${LABS.join(', ')}`,
      {
        hint: 'name a command lab under tests.matrix in osrel.yml',
      },
    );
  }
  if (command.length > 0 && command[0] !== '') return;
  throw badConfig('lab.no-command', `suite "${suite}" names no command`, {
    hint: 'in osrel.yml: tests.matrix: [{ suite, lab: command, command: [./tests/smoke.sh] }]',
  });
}

type Lab = CommandLabOptions & {
  readonly reports: string;
  readonly place: OccupiedSlot;
};

async function runSuite(request: SuiteRequest, observer: SuiteObserver, lab: Lab): Promise<SuiteResult> {
  const { image, suite, timeoutMs } = request;
  const given = image === null ? [] : [await digestGiven(image, observer.signal)];
  const suiteRevision = (await lab.revisionOf?.(observer.signal)) ?? null;
  const watch = watchSuiteLog(lab.verdicts ?? [], suite);
  const onLine = (line: string): void => {
    watch.onLine(line);
    observer.onLine(line);
  };
  const place = { given, rig: RIG, suiteRevision };
  const outcome = await runCommand(request, { ...observer, onLine }, lab);
  if ('reason' in outcome) {
    const because = outcome.reason;
    return {
      ...place,
      verdict: 'rig-failure',
      rule: 'command-not-started',
      because,
      isWhole: false,
      tests: [],
    };
  }
  const report = await readReport(request, outcome, lab);
  const { warnings, ...verdict } = judgeCommand({
    report,
    end: outcome.end,
    timeoutMs,
    hits: watch.hits(report),
  });
  for (const warning of warnings) observer.onLine(`warning: ${warning}`);
  return { ...place, ...verdict };
}

/** How the command ended, or why it could not be started. */
async function runCommand(
  request: SuiteRequest,
  observer: SuiteObserver,
  lab: Lab,
): Promise<ProgramOutcome | { readonly reason: string }> {
  const [file = '', ...commandArguments] = request.command;
  const follower = followTapLines();
  try {
    return await lab.run({
      file,
      arguments: commandArguments,
      workingDirectory: lab.root,
      environment: environmentOf(request, lab),
      signal: observer.signal,
      onLine: (line) => {
        observer.onLine(line);
        if (follower.onLine(line)) observer.onProgress(progressOf(follower.progress()));
      },
      onStart: lab.place.started,
      timeoutMs: request.timeoutMs,
      keepStdout: LONGEST_REPORT,
      ...(lab.killAfterMs === undefined ? {} : { killAfterMs: lab.killAfterMs }),
    });
  } catch (error) {
    const failure = asOsrelError(error);
    if (failure?.kind !== 'tool' || !failure.code.startsWith('program.')) throw error;
    return { reason: failure.message };
  }
}

function progressOf(progress: TapProgress): SuiteProgress {
  return { activity: 'testing', rig: RIG, percent: null, ...progress };
}

function environmentOf(request: SuiteRequest, lab: Lab): Readonly<Record<string, string>> {
  return {
    ...lab.environment,
    ...lab.place.environment,
    OSREL_DEPLOY_DIR: request.deployDirectory,
    OSREL_IMAGE: request.image?.path ?? '',
    OSREL_MACHINE: request.machine,
    OSREL_SLUG: request.slug,
    OSREL_VERSION: request.version,
    OSREL_SUITE: request.suite,
    OSREL_REPORTS: lab.reports,
  };
}

const EMPTY: TestReport = { tests: [], defect: null, skipReason: null, bailOut: null, warnings: [] };

async function readReport(
  request: SuiteRequest,
  outcome: ProgramOutcome,
  { reports }: Lab,
): Promise<TestReport> {
  if (outcome.stdoutWasCut) {
    return { ...EMPTY, defect: `it printed more than ${LONGEST_REPORT} characters` };
  }
  if (request.results === 'tap') return parseTap(outcome.stdout);
  const names = (await readdir(reports)).filter((name) => name.endsWith('.xml')).sort();
  if (names.length === 0) return parseJunit(outcome.stdout);
  const texts = await Promise.all(names.map((name) => readFile(join(reports, name), 'utf8')));
  const parsed = texts.map(parseJunit);
  return {
    ...EMPTY,
    tests: parsed.flatMap((report) => report.tests),
    defect: parsed.map((report) => report.defect).find((defect) => defect !== null) ?? null,
  };
}
