import { CUT_KINDS, type CutKind, type CutPoint } from './crashing-ports.ts';

/** Something that is started, cut short and started again, over a world that outlives it. */
export interface CrashStory<World> {
  /** A fresh world. */
  readonly open: () => Promise<World>;
  /** Starts a "process" on the world; answers whether it was done, and how many operations it came to. */
  readonly execute: (world: World, cut: CutPoint | null) => Promise<ExecutionEnd>;
  /** Throws when the world is not what one undisturbed execution would have left. */
  readonly check: (world: World, cuts: readonly CutPoint[]) => void | Promise<void>;
  /** Called once a story is over. */
  readonly close?: (world: World) => Promise<void>;
}

export interface ExecutionEnd {
  readonly isDone: boolean;
  readonly operations: number;
}

export interface Exhaustion {
  /** Cuts in one story: 1 for every single crash, 2 for every pair. */
  readonly depth: 1 | 2;
  readonly kinds?: readonly CutKind[];
}

/** Undisturbed executions that must suffice after the last cut: one that ends what a failed one left is enough. */
const LAST_EXECUTIONS = 2;

/**
 * Tells the story once for each cut point (or pair) there is, and checks the world after each. Answers how many stories
 * were told. The second cut counts the operations of the second execution.
 */
export async function exhaustCrashes<World>(
  story: CrashStory<World>,
  { depth, kinds = CUT_KINDS }: Exhaustion,
): Promise<number> {
  let told = 0;
  for (const kind of kinds) {
    for (let at = 1; ; at += 1) {
      const first = { at, kind };
      if (!(await tellStory(story, [first]))) break;
      told += 1;
      if (depth === 2) told += await exhaustSecond(story, first, kinds);
    }
  }
  return told;
}

async function exhaustSecond<World>(
  story: CrashStory<World>,
  first: CutPoint,
  kinds: readonly CutKind[],
): Promise<number> {
  let told = 0;
  for (const kind of kinds) {
    for (let at = 1; await tellStory(story, [first, { at, kind }]); at += 1) told += 1;
  }
  return told;
}

/** Tells the story for each of the given single cuts. Answers how many there were; every cut must be reached. */
export async function tellEach<World>(story: CrashStory<World>, cuts: readonly CutPoint[]): Promise<number> {
  for (const cut of cuts) {
    if (!(await tellStory(story, [cut]))) throw new Error(`nothing came to operation ${cut.at}`);
  }
  return cuts.length;
}

/** Whether every cut was reached; a story with a cut behind its end is not checked. */
async function tellStory<World>(story: CrashStory<World>, cuts: readonly CutPoint[]): Promise<boolean> {
  const world = await story.open();
  try {
    for (const cut of cuts) {
      const { operations } = await story.execute(world, cut);
      if (operations < cut.at) return false;
    }
    await finish(story, world, cuts);
    await story.check(world, cuts);
    return true;
  } finally {
    await story.close?.(world);
  }
}

async function finish<World>(
  story: CrashStory<World>,
  world: World,
  cuts: readonly CutPoint[],
): Promise<void> {
  for (let execution = 1; execution <= LAST_EXECUTIONS; execution += 1) {
    const { isDone } = await story.execute(world, null);
    if (isDone) return;
  }
  const places = cuts.map(({ at, kind }) => `${kind} ${at}`).join(', then ');
  throw new Error(`not done after ${LAST_EXECUTIONS} undisturbed executions; the cuts were: ${places}`);
}
