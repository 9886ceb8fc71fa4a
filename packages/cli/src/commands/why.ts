import { badUsage, type RefusalRecord, type RunSummary, STAGES, type Stage } from '@osrel/core';
import { printAnswer } from '../answer.ts';
import { unknownWord } from '../choose-devices.ts';
import type { CommandRun, Host, Workspace } from '../host.ts';
import type { Settings } from '../settings.ts';
import { wrapText } from '../text/wrap.ts';
import { explainRefusal, explainRun, explainStage, explainStep, type RunStory } from '../why/explain-run.ts';
import type { Reason } from '../why/reason.ts';
import { readReleaseState } from '../why/release-state.ts';

/** `osrel why SUBJECT`: a run, a version, a step or a stage; the newest it fits. */
export const explainWhy: CommandRun = async ({ settings, arguments: [subject = ''] }, host) => {
  const workspace = await host.openWorkspace(settings);
  const history = await readHistory(workspace, settings);
  const chain = await findReasons(subject, { workspace, history, host, settings });
  if (chain === undefined) throw unknownSubject(subject, history);
  printAnswer(host, settings, {
    text: () => renderChain(chain, host),
    document: () => ({ schemaVersion: 1, subject, chain }),
  });
  return 0;
};

interface History {
  /** Newest first. */
  readonly runs: readonly RunSummary[];
  readonly refusals: readonly RefusalRecord[];
}

interface Question {
  readonly workspace: Workspace;
  readonly history: History;
  readonly host: Host;
  readonly settings: Settings;
}

async function readHistory({ runStore }: Workspace, { machines }: Settings): Promise<History> {
  const isAsked = (target: { readonly machine?: string; readonly slug?: string }) =>
    machines.length === 0 || machines.some((name) => name === target.machine || name === target.slug);
  const runs = (await runStore.list()).filter((run) => run.outcome !== 'refused' && isAsked(run.target));
  const refusals = (await runStore.listRefusals()).filter((refusal) => isAsked(refusal.target));
  return { runs, refusals: refusals.toSorted((a, b) => (a.startedAt > b.startedAt ? -1 : 1)) };
}

async function findReasons(subject: string, question: Question): Promise<readonly Reason[] | undefined> {
  const { history, workspace } = question;
  const version = subject.replace(/^v(?=[0-9])/, '');
  const isMeant = (each: { readonly runId: string; readonly target: { readonly version?: string } }) =>
    subject === 'last' || each.runId === subject || each.target.version === version;
  const run = await findRun(history.runs.filter(isMeant), workspace);
  const refusal = history.refusals.find(isMeant);
  const isVersion = [run?.target, refusal?.target].some((target) => target?.version === version);
  const state = isVersion ? await readReleaseState(run?.target ?? refusal?.target ?? {}, workspace) : [];
  if (refusal !== undefined && (run === undefined || refusal.startedAt > run.startedAt))
    return [...state, ...explainRefusal(refusal)];
  if (run !== undefined) return [...state, ...explainRun(await openStory(run, workspace))];
  const stage = STAGES.find((each) => each === subject);
  return stage === undefined ? findStep(subject, question) : findStage(stage, question);
}

/** The newest run; a pull request's, which has the version before it only because it was not raised yet, comes last. */
async function findRun(
  runs: readonly RunSummary[],
  { runStore }: Workspace,
): Promise<RunSummary | undefined> {
  for (const run of runs.slice(0, 20)) {
    const { plan } = await runStore.open(run.runId);
    if (plan.trigger.kind !== 'pull-request') return run;
  }
  return runs[0];
}

/** The newest run or refusal that had to do with the stage; without one, what a plan of today says. */
async function findStage(
  stage: Stage,
  { history, workspace, host, settings }: Question,
): Promise<readonly Reason[]> {
  const [refusal] = history.refusals;
  const [run] = history.runs;
  const isAboutStage = refusal?.decisions.some((decision) => decision.stage === stage) === true;
  if (refusal !== undefined && isAboutStage && (run === undefined || refusal.startedAt > run.startedAt))
    return explainRefusal(refusal);
  if (run !== undefined) {
    const { plan, entries } = await openStory(run, workspace);
    return [
      ...explainStage(stage, plan, entries),
      {
        about: `run ${run.runId}`,
        outcome: run.outcome,
        because: 'the newest run, which this is about',
        change: null,
      },
    ];
  }
  const { config, environment, ports } = workspace;
  const { machines, slug } = settings;
  const trigger = {
    kind: 'command',
    command: 'release',
    repository: null,
    stages: STAGES,
    demandsEsr: false,
    force: null,
    release: null,
  } as const;
  const planned = await host.planRelease(
    { trigger, config, environment, machines, slug, savedFacts: null, waiting: { minutes: 0 } },
    ports,
  );
  return planned.flatMap(({ plan }) => explainStage(stage, plan, []));
}

async function findStep(
  stepId: string,
  { history, workspace }: Question,
): Promise<readonly Reason[] | undefined> {
  for (const run of history.runs.slice(0, 20)) {
    const story = await openStory(run, workspace);
    if (story.plan.steps.some((step) => step.id === stepId)) return explainStep(stepId, story);
  }
  return undefined;
}

async function openStory(summary: RunSummary, { runStore }: Workspace): Promise<RunStory> {
  const { plan, journal } = await runStore.open(summary.runId);
  return { summary, plan, entries: await journal.read() };
}

function unknownSubject(subject: string, { runs, refusals }: History): Error {
  const known = [
    ...STAGES,
    ...new Set([...runs, ...refusals].flatMap((each) => [each.runId, each.target.version ?? ''])),
  ].filter((word) => word !== '');
  if (runs.length === 0 && refusals.length === 0) {
    return badUsage('why.unknown', `nothing is known about "${subject}": nothing ran here yet`, {
      hint: `ask about a stage: ${STAGES.join(', ')}`,
    });
  }
  return unknownWord('why.unknown', `nothing is known about "${subject}"`, { word: subject, known });
}

function renderChain(chain: readonly Reason[], host: Host): string {
  const { strong, note } = host.paint.stdout;
  return chain
    .map(({ about, outcome, because, change }) => {
      const head = `${strong(about)}: ${outcome}\n  ${wrapText(because, 96).replaceAll('\n', '\n  ')}\n`;
      return change === null
        ? head
        : `${head}  ${note('to change it:')} ${wrapText(change, 84).replaceAll('\n', '\n    ')}\n`;
    })
    .join('');
}
