import { join } from 'node:path';
import type { Clock, RigLimits } from '@osrel/core';
import { createProgramSlot } from './execa/create-program-slot.ts';
import { removeDurably, writeFileAtomically } from './file-system/atomic-file.ts';
import { createProcessSignals } from './file-system/create-process-signals.ts';
import { judgeProcess, ownIdentity } from './file-system/process-identity.ts';
import { randomId } from './file-system/random-id.ts';
import { createLeaseBook } from './leviathan/lease-file.ts';
import type { RigPool } from './leviathan/leviathan-parts.ts';
import { type RecoveryOptions, recoverLeases } from './leviathan/recover-leases.ts';
import { createRigPool, type RigPoolOptions } from './leviathan/rig-pool.ts';
import { createAccountApis } from './wire-account-api.ts';

export interface RigsRequest {
  /** Absolute path of the repository root. */
  readonly root: string;
  readonly clock: Clock;
  readonly limits: RigLimits;
  /** What a test wants to be otherwise. */
  readonly change?: Partial<Pick<RigPoolOptions, 'intervals' | 'address' | 'requests'>>;
}

/** What freeing the rigs of a dead osrel needs besides. */
export type RecoveryRequest = Pick<RecoveryOptions, 'removeProject' | 'onLine' | 'signal'>;

export interface Rigs {
  readonly pool: RigPool;
  /** Frees what an osrel of this repository left that was killed. */
  readonly recover: (request: RecoveryRequest) => Promise<void>;
}

/** Rigs for the suites of one repository. Asks nobody, and writes nothing, before the first use. */
export function wireRigs({ root, clock, limits, change = {} }: RigsRequest): Rigs {
  const leases = createLeaseBook({
    folder: join(root, '.osrel/cache/leases'),
    owner: ownIdentity(),
    clock,
    writeDurably: (path, text) => writeFileAtomically(path, text),
    removeDurably: (path) => removeDurably(path),
  });
  const slot = createProgramSlot({
    record: join(root, '.osrel/cache/lease-recovery.json'),
    folder: root,
    signals: createProcessSignals(),
    activity: 'freeing the rigs of an osrel that was killed',
  });
  const alone = async <Value>(work: () => Promise<Value>, { signal, onLine }: RecoveryRequest) => {
    const place = await slot.occupy({ signal, onWait: onLine });
    try {
      return await work();
    } finally {
      await place.leave();
    }
  };
  return {
    pool: createRigPool({
      clock,
      leases,
      limits,
      apiOf: createAccountApis(clock),
      random: randomPart,
      ...change,
    }),
    recover: (request) =>
      recoverLeases({
        ...request,
        leases,
        clock,
        judge: (owner) => judgeProcess(owner),
        alone: (work) => alone(work, request),
      }),
  };
}

/** From 0 to 1. */
function randomPart(): number {
  return Number.parseInt(randomId().slice(0, 8), 16) / 2 ** 32;
}
