/**
 * Two listeners of one suite hear the same frames from the moment the second was added, but over two connections: one
 * may be ahead. This finds out which frames of the spare the first has not brought.
 */
export interface FrameAlignment {
  readonly fromFirst: (frame: string) => void;
  /** Frames to take now: none before `switchOver`, later those that the first did not bring. */
  readonly fromSpare: (frame: string) => readonly string[];
  /** The first is gone: frames that only the spare brought so far, in order. */
  readonly switchOver: () => readonly string[];
}

/** Frames kept while it is not known where the spare began. */
const MOST_UNSETTLED = 512;
/** Frames that have to agree: what the core says to a new listener is info, log and status. */
const ENOUGH = 3;

/** To be made just before the spare connects. */
export function createFrameAlignment(): FrameAlignment {
  let first: readonly string[] = [];
  let spare: readonly string[] = [];
  let isSettled = false;
  let isSwitched = false;
  /** Settled: frames that the first brought and the spare has yet to bring. */
  let owed = 0;
  let ahead: string[] = [];

  function settle(begin: number): void {
    isSettled = true;
    owed = Math.max(0, first.length - begin - spare.length);
    ahead = spare.slice(first.length - begin);
    first = [];
    spare = [];
  }

  function trySettling(): void {
    if (spare.length === 0) {
      if (first.length > MOST_UNSETTLED) first = first.slice(-MOST_UNSETTLED / 2);
      return;
    }
    const [longest, second] = beginnings(first, spare, 2);
    const isPlain = second === undefined || second === first.length;
    const agreeing = longest === undefined ? 0 : overlap(first, spare, longest);
    if (isPlain && longest !== undefined && agreeing >= ENOUGH) settle(longest);
    else if (first.length + spare.length > MOST_UNSETTLED) settle(longest ?? first.length);
  }

  function takeAhead(): readonly string[] {
    const taken = ahead;
    ahead = [];
    return taken;
  }

  /** The longest agreement counts: a line told twice would be one test too many, and so a broken report. */
  function takeUnsettled(): readonly string[] {
    const [begin = first.length] = beginnings(first, spare, 1);
    if (spare.length <= first.length - begin) return [];
    settle(begin);
    return takeAhead();
  }

  return {
    fromFirst: (frame) => {
      if (!isSettled) {
        first = [...first, frame];
        trySettling();
      } else if (ahead.length > 0) ahead.shift();
      else owed += 1;
    },
    fromSpare: (frame) => {
      if (!isSettled) {
        spare = [...spare, frame];
        if (isSwitched) return takeUnsettled();
        trySettling();
        return [];
      }
      if (owed > 0) owed -= 1;
      else ahead.push(frame);
      return isSwitched ? takeAhead() : [];
    },
    switchOver: () => {
      isSwitched = true;
      return isSettled ? takeAhead() : takeUnsettled();
    },
  };
}

/** The first `most` places of `first` where the spare may begin; right after its end is always one. */
function beginnings(first: readonly string[], spare: readonly string[], most: number): readonly number[] {
  const found: number[] = [];
  for (let begin = 0; begin <= first.length && found.length < most; begin += 1)
    if (agree(first, spare, begin)) found.push(begin);
  return found;
}

function agree(first: readonly string[], spare: readonly string[], begin: number): boolean {
  for (let index = 0; index < overlap(first, spare, begin); index += 1)
    if (first[begin + index] !== spare[index]) return false;
  return true;
}

function overlap(first: readonly string[], spare: readonly string[], begin: number): number {
  return Math.min(first.length - begin, spare.length);
}
