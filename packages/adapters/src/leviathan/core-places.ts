import { type Clock, type LeviathanConfig, rigFailed } from '@osrel/core';
import type { CorePlace, CorePlaces, CorePlaceWish, SuiteFollower } from './leviathan-parts.ts';
import { createWaitingLine } from './waiting-line.ts';

export interface CorePlacesOptions {
  readonly config: LeviathanConfig;
  readonly clock: Clock;
  /** Where cores come from when none is configured. */
  readonly compose: () => CorePlaces;
}

/** Cores that run already when some are configured, else one by docker compose for each suite. */
export function createCorePlaces(options: CorePlacesOptions): CorePlaces {
  return options.config.cores.length === 0 ? options.compose() : createRunningCores(options);
}

/**
 * Lends each configured core to one suite at a time, in order of asking. One that comes back spoiled is never lent
 * again. Throws rig `lab.no-core` when none is left, or none became free within the configured waiting time.
 */
function createRunningCores({ config, clock }: CorePlacesOptions): CorePlaces {
  const free = [...new Set(config.cores.map((url) => url.replace(/\/+$/, '')))];
  const all = free.length;
  const spoiled = new Set<string>();
  const line = createWaitingLine<string>(clock);

  const giveBack = (coreUrl: string): void => {
    if (!line.serve(coreUrl)) free.push(coreUrl);
  };
  const spoil = (coreUrl: string): void => {
    spoiled.add(coreUrl);
    if (spoiled.size === all) line.dismiss(noneLeft(spoiled));
  };
  const place = (coreUrl: string): CorePlace => {
    let isLent = true;
    return {
      coreUrl,
      rigAddresses: null,
      rigUrlForCore: (url) => url,
      project: null,
      leave: async (state) => {
        if (!isLent) return;
        isLent = false;
        if (state === 'spoiled') spoil(coreUrl);
        else giveBack(coreUrl);
      },
    };
  };

  return {
    borrow: async ({ request }: CorePlaceWish, follower) => {
      follower.signal.throwIfAborted();
      if (spoiled.size === all) throw noneLeft(spoiled);
      const first = free.shift();
      if (first === undefined) tellWaiting(follower, all - spoiled.size);
      const late = () => noneFree(all - spoiled.size, config.waitMinutes);
      const wait = { signal: follower.signal, limitMs: config.waitMinutes * 60_000, late };
      const coreUrl = first ?? (await line.wait(wait));
      if (follower.signal.aborted) {
        giveBack(coreUrl);
        throw follower.signal.reason;
      }
      if (request.secureBoot) {
        follower.onLine(`osrel: core ${coreUrl} has to run with FLASHER_SECUREBOOT=1 for this suite`);
      }
      return place(coreUrl);
    },
  };
}

function tellWaiting({ onLine, onProgress }: SuiteFollower, cores: number): void {
  onLine(`osrel: waits for a free core; ${cores === 1 ? 'the only one is' : `all ${cores} are`} in use`);
  onProgress({
    activity: 'waiting',
    rig: null,
    running: null,
    passed: 0,
    failed: 0,
    skipped: 0,
    percent: null,
  });
}

function noneLeft(spoiled: ReadonlySet<string>): Error {
  const names = [...spoiled].join(', ');
  return rigFailed('lab.no-core', `no core is left: a suite may still run on ${names}`, {
    hint: 'restart these cores, then run again; or name more under tests.leviathan.cores in osrel.yml',
  });
}

function noneFree(cores: number, minutes: number): Error {
  return rigFailed('lab.no-core', `none of ${cores} cores became free within ${minutes} minutes`, {
    hint: 'name more under tests.leviathan.cores in osrel.yml, or raise tests.leviathan.wait-minutes',
    retryable: true,
  });
}
