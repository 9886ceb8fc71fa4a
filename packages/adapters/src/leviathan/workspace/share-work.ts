import { untilAborted } from '../../until-aborted.ts';

/** Someone who waits for work; an abort ends the waiting with the signal's reason. */
export interface WorkFollower {
  readonly signal: AbortSignal;
  readonly onPercent: (percent: number) => void;
}

/** How the one who does the work sees all who wait for it. */
export type StartWork<Value> = (everybody: WorkFollower) => Promise<Value>;

export type ShareWork<Value> = (
  key: string,
  follower: WorkFollower,
  start: StartWork<Value>,
) => Promise<Value>;

interface Shared<Value> {
  readonly work: Promise<Value>;
  readonly followers: Set<WorkFollower>;
  readonly stop: AbortController;
}

/**
 * Makes a function that does work of the same key once for all who ask while it is under way. It is stopped when
 * nobody waits for it any more; whoever asks later starts it anew.
 */
export function createSharedWork<Value>(): ShareWork<Value> {
  const underWay = new Map<string, Shared<Value>>();
  return async (key, follower, start) => {
    follower.signal.throwIfAborted();
    const shared = underWay.get(key) ?? begin(start);
    underWay.set(key, shared);
    shared.followers.add(follower);
    const forget = () => {
      if (underWay.get(key) === shared) underWay.delete(key);
    };
    try {
      return await untilAborted(shared.work, follower.signal);
    } finally {
      shared.followers.delete(follower);
      // What is over, and what nobody wants any more, is joined by nobody.
      if (!follower.signal.aborted) forget();
      if (shared.followers.size === 0) {
        forget();
        shared.stop.abort(follower.signal.reason);
        await shared.work.catch(() => undefined);
      }
    }
  };
}

function begin<Value>(start: StartWork<Value>): Shared<Value> {
  const followers = new Set<WorkFollower>();
  const stop = new AbortController();
  const onPercent = (percent: number): void => {
    for (const each of followers) each.onPercent(percent);
  };
  const work = start({ signal: stop.signal, onPercent });
  work.catch(() => undefined);
  return { work, followers, stop };
}
