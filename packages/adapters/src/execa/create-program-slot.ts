import { link, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { conflict, integrityBroken } from '@osrel/core';
import { z } from 'zod';
import { findText, isMissing } from '../if-present.ts';
import { findProcess, isSameProcessRunning, type ProcessIdentity } from '../linux-process.ts';
import type { NotedBuild, OccupiedSlot, ProcessSignals, ProgramSlot, SlotWait } from '../program-runner.ts';
import { stopOrphan } from './stop-orphan.ts';

const identity = z.object({ pid: z.number(), startTicks: z.number(), bootId: z.string() });
const notedBuild = z.object({ directory: z.string(), spared: z.array(identity) });
const occupation = z.object({
  owner: identity,
  program: identity.nullable(),
  // An earlier osrel noted none.
  build: notedBuild.nullable().default(null),
});
type Occupation = z.infer<typeof occupation>;

const WAIT_POLL_MS = 100;

const MARK = 'OSREL_PROGRAM';

/** Of one owner and one place; nobody else has it. */
function markOf({ pid, startTicks, bootId }: ProcessIdentity, record: string): string {
  return `${basename(record)}:${pid}:${startTicks}:${bootId}`;
}

export interface ProgramSlotOptions {
  /** Absolute path of the file that names who has the place; its folder is made. */
  readonly record: string;
  /** Absolute path of the folder the program works in; processes elsewhere are never stopped. */
  readonly folder: string;
  readonly signals: ProcessSignals;
  readonly killAfterMs?: number;
  /**
   * Ends what a dead osrel's build left running outside its program's process group, by what it had noted; gives the
   * ids of what it stopped. `leader`: the program; null when it was not noted.
   */
  readonly endStrays?: (build: NotedBuild & { readonly leader: number | null }) => Promise<readonly number[]>;
  /** What who has the place is doing, for messages; default: building in this repository. */
  readonly activity?: string;
}

/**
 * A place for one program at a time, kept by a file. Owner and program are noted with their start time, so that a
 * number that Linux gave to another process since is not taken for them.
 */
export function createProgramSlot(options: ProgramSlotOptions): ProgramSlot {
  let last: Promise<unknown> = Promise.resolve();
  const occupy = async (wait?: SlotWait): Promise<OccupiedSlot> => {
    let free: () => void = () => undefined;
    const turn = last;
    last = new Promise<void>((resolve) => {
      free = resolve;
    });
    await turn;
    try {
      const occupied = await occupyRecord(options, wait);
      return {
        ...occupied,
        leave: async () => {
          await occupied.leave();
          free();
        },
      };
    } catch (error) {
      free();
      throw error;
    }
  };
  return { occupy };
}

async function occupyRecord(options: ProgramSlotOptions, wait: SlotWait | undefined): Promise<OccupiedSlot> {
  const { record, signals } = options;
  // Without /proc nobody can tell a dead owner from a living one: then the file alone decides for this process.
  const owner = (await findProcess(signals.ownPid)) ?? { pid: signals.ownPid, startTicks: 0, bootId: '' };
  let own: Occupation = { owner, program: null, build: null };
  await mkdir(dirname(record), { recursive: true });
  const draft = `${record}.${signals.ownPid}`;
  let waitedFor: number | undefined;
  while (!(await publish(draft, record, own))) {
    const living = await clearDead(options);
    if (living === undefined) continue;
    if (wait === undefined) throw busy(living, options);
    if (waitedFor !== living.pid) wait.onWait(`waiting: ${describeOwner(living, options)}`);
    waitedFor = living.pid;
    await waitOrStop(wait.signal);
  }
  const note = (more: Partial<Occupation>): Promise<void> => {
    own = { ...own, ...more };
    return replace(draft, record, own);
  };
  return {
    environment: { [MARK]: markOf(owner, record) },
    building: ({ directory, spared }) => note({ build: { directory, spared: [...spared] } }),
    started: async (pid) => {
      const program = await findProcess(pid);
      if (program !== undefined) await note({ program });
    },
    leave: () => rm(record, { force: true }),
  };
}

/** Makes the record unless there is one: a link either succeeds with the whole text or fails. */
async function publish(draft: string, record: string, own: Occupation): Promise<boolean> {
  await writeFile(draft, JSON.stringify(own));
  try {
    await link(draft, record);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function replace(draft: string, record: string, own: Occupation): Promise<void> {
  await writeFile(draft, JSON.stringify(own));
  await rename(draft, record);
}

async function waitOrStop(signal: AbortSignal): Promise<void> {
  // The reason of the stop is what is thrown, not the timer's own error.
  await sleep(WAIT_POLL_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
}

/** Removes the note of an osrel that died, and stops its program; gives the owner that lives, if one does. */
async function clearDead(options: ProgramSlotOptions): Promise<ProcessIdentity | undefined> {
  const { record, folder, signals, killAfterMs, endStrays } = options;
  const text = await findText(record);
  if (text === undefined) return undefined;
  const { owner, program, build } = parseOccupation(text, record);
  if (await isSameProcessRunning(owner)) return owner;
  await stopOrphan({
    leader: program,
    mark: `${MARK}=${markOf(owner, record)}`,
    folder,
    signals,
    ...(killAfterMs === undefined ? {} : { killAfterMs }),
  });
  if (build !== null) await endStrays?.({ ...build, leader: program?.pid ?? null });
  // Another osrel may have cleared and taken the place since: move the record aside and look at what was moved.
  const aside = `${record}.${signals.ownPid}.dead`;
  try {
    await rename(record, aside);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  if ((await findText(aside)) !== text) await link(aside, record);
  await rm(aside, { force: true });
  return undefined;
}

function describeOwner(owner: ProcessIdentity, { activity }: ProgramSlotOptions): string {
  return `another osrel (process ${owner.pid}) is ${activity ?? 'building in this repository'}`;
}

function busy(owner: ProcessIdentity, options: ProgramSlotOptions): Error {
  return conflict('build.busy', describeOwner(owner, options), {
    hint: `wait for it to end, or stop it with: kill ${owner.pid}`,
    retryable: true,
    details: { pid: owner.pid, record: options.record },
  });
}

function parseOccupation(text: string, record: string): Occupation {
  try {
    return occupation.parse(JSON.parse(text));
  } catch (error) {
    throw integrityBroken('build.malformed-record', `${record} does not say who is building`, {
      hint: `see that no build runs in this repository, then remove ${record}`,
      cause: error,
    });
  }
}
