import { OsrelError, type Plan, type Trigger } from '@osrel/core';
import { nameOfFault, type PlacedFault, placeFaults } from './place-faults.ts';
import { readRemoteWorld } from './read-remote-world.ts';
import { type MachineOptions, openRemoteMachine, type RemoteMachine } from './remote-machine.ts';
import { type RemoteRequest, type RemoteServers, startRemoteServers } from './remote-servers.ts';
import { type RunEnd, runRelease, wordsOf } from './run-release.ts';
import { watchInvariants } from './watch-invariants.ts';

/** A release, or what takes one back, from servers as they are before it to their last state. */
export interface Story {
  readonly trigger?: Trigger;
  readonly machine?: MachineOptions;
  /** What happened on the servers before. */
  readonly prepare?: (servers: RemoteServers) => Promise<void>;
  readonly isUndo?: boolean;
  /** Done again by another machine it would be another deed: a second rollback goes back further. */
  readonly isOnce?: boolean;
}

export interface ToldStory {
  readonly world: unknown;
  /** Those of the story itself, without what was before it. */
  readonly requests: readonly RemoteRequest[];
  /** Faults that came to be, in order. */
  readonly hits: readonly PlacedFault[];
  /** What is not as it must be: invariants that did not hold, errors that leave people alone. */
  readonly problems: readonly string[];
}

/**
 * Tells a story whose requests meet the given faults; whoever fails is followed by a resumed run or by another machine,
 * as `chance` says, until it is done. Once no fault came up any more, one failed run is a problem.
 */
export async function tellStory(
  story: Story,
  faults: readonly PlacedFault[],
  chance: () => number,
): Promise<ToldStory> {
  const servers = await startRemoteServers();
  const crew = openCrew(servers, story.machine);
  try {
    await story.prepare?.(servers);
    const from = servers.requests.length;
    const watch = watchInvariants(servers);
    if (story.isUndo === true) watch.allowUndo();
    const { decide, hits } = placeFaults(faults);
    servers.disturb(decide);
    const failures = await runUntilDone(story, { crew, hits, chance });
    servers.disturb(null);
    // A server that lied may have made a run believe that it was done.
    if (hits.length > 0 && story.isOnce !== true)
      failures.push(...(await runUntilDone(story, { crew, hits, chance })));
    const problems = [...failures, ...watch.findProblems(crew.machines)];
    const requests = servers.requests.slice(from);
    return { world: readRemoteWorld(servers), requests, hits, problems };
  } finally {
    await servers.close();
    await crew.remove();
  }
}

/** Machines of one world, one after the other. */
export interface Crew {
  readonly machines: readonly RemoteMachine[];
  open(): Promise<RemoteMachine>;
  remove(): Promise<void>;
}

export function openCrew(servers: RemoteServers, options?: MachineOptions): Crew {
  const machines: RemoteMachine[] = [];
  return {
    machines,
    async open() {
      const machine = await openRemoteMachine(servers, options);
      machines.push(machine);
      return machine;
    },
    async remove() {
      await Promise.all(machines.map((machine) => machine.remove()));
    },
  };
}

interface Telling {
  readonly crew: Crew;
  /** Grows while requests meet faults. */
  readonly hits: readonly PlacedFault[];
  readonly chance: () => number;
}

/** Answers what was wrong with the runs that failed. */
async function runUntilDone({ trigger }: Story, { crew, hits, chance }: Telling): Promise<string[]> {
  const problems: string[] = [];
  let machine = await crew.open();
  let plan: Plan | undefined;
  for (;;) {
    const before = hits.length;
    const end = await runRelease(machine, {
      ...(trigger === undefined ? {} : { trigger }),
      ...(plan === undefined ? {} : { plan }),
    });
    if (end.isDone) return problems;
    const met = hits.slice(before).map(nameOfFault);
    problems.push(...problemsOf(end, met.join(', ')));
    if (met.length === 0) return [...problems, `failed without a fault: ${end.error && wordsOf(end.error)}`];
    plan = end.plan !== null && chance() < 0.5 ? end.plan : undefined;
    if (plan === undefined) machine = await crew.open();
  }
}

/** An error of a fault is one that people can do something about, and no defect. */
export function problemsOf({ error }: RunEnd, about: string): readonly string[] {
  if (error === null) return [`failed without an error after ${about}`];
  if (!(error instanceof OsrelError)) return [`a defect after ${about}: ${error.stack}`];
  if (error.hint === undefined) return [`no hint after ${about}: ${wordsOf(error)}`];
  return [];
}
