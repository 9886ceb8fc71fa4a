import type { Clock } from '@osrel/core';
import type { FoundLease, LeaseBook, LeaseOwner, LeaseRecord } from './lease-file.ts';
import { nameOfRig } from './rig-name.ts';
import { createRigRequests, type RigRequests } from './rig-requests.ts';
import { hasSurelyFreedItself, isSurelyOurs } from './rig-reservation.ts';
import { wordsOf } from './rig-silence.ts';
import { withinLimit } from './time-limit.ts';

export interface RecoveryOptions {
  readonly leases: Pick<LeaseBook, 'list'>;
  readonly clock: Clock;
  /** Whether that process still runs; `unknown` for one of another host or container. */
  readonly judge: (owner: LeaseOwner) => 'alive' | 'gone' | 'unknown';
  /** Removes the containers and volumes of a compose project; one that is not there is removed already. */
  readonly removeProject: (project: string, signal: AbortSignal) => Promise<void>;
  /** Runs work that no other osrel of this repository does at the same time. */
  readonly alone: <Value>(work: () => Promise<Value>) => Promise<Value>;
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
  readonly requests?: RigRequests;
}

const REMOVE_LIMIT_MS = 120_000;

/**
 * Frees what an osrel left that was killed: its core's compose project, then its rig, then the lease. Only a rig that is
 * that osrel's beyond doubt is torn down; any other one frees itself five minutes after its last heartbeat. No core is
 * told to stop: it has forgotten the suite when its client went, so that /stop does nothing (leviathan 3.5), and at its
 * address another's may run by now. What cannot be done is said, and tried again by the next start. Throws the signal's
 * reason, and what reading the folder throws.
 */
export async function recoverLeases(options: RecoveryOptions): Promise<void> {
  // Mostly there is nothing, and then nobody is waited for.
  if ((await options.leases.list()).length === 0) return;
  await options.alone(async () => {
    const leases = await options.leases.list();
    await Promise.all(leases.map((lease) => recover(options, lease)));
  });
  options.signal.throwIfAborted();
}

async function recover(options: RecoveryOptions, lease: FoundLease): Promise<void> {
  const { clock, judge, onLine, signal } = options;
  const { record, heardAtMs, path } = lease;
  if (record === undefined) {
    onLine(`${path} is no lease of a rig that this osrel can read; remove it when no other osrel runs here`);
    return;
  }
  const isOver = hasSurelyFreedItself(heardAtMs, Date.parse(clock.now()));
  if (!isLeftBehind(judge(record.owner), record, isOver)) return;
  try {
    const isProjectGone = await removeCore(options, record);
    const isRigSettled = isOver || isPartOfProject(record) || (await settleRig(options, record, heardAtMs));
    if (isProjectGone && isRigSettled) await lease.remove();
  } catch (error) {
    if (signal.aborted) return;
    onLine(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A living osrel writes nothing for five minutes only when it has given up on a rig that never answered /start. */
function isLeftBehind(owner: 'alive' | 'gone' | 'unknown', { state }: LeaseRecord, isOver: boolean): boolean {
  if (owner === 'gone') return true;
  return isOver && (owner === 'unknown' || state === 'asking');
}

/** A rig of the project itself goes with it; at its port of this machine another's may listen from then on. */
function isPartOfProject({ rig, core }: LeaseRecord): boolean {
  return rig.kind === 'qemu' && core.project !== null;
}

/** Whether nothing of the core's project is left. */
async function removeCore(options: RecoveryOptions, { core, owner }: LeaseRecord): Promise<boolean> {
  const { removeProject, judge, onLine, signal } = options;
  const { project } = core;
  // The project of a living osrel is in use, or that one's own to remove.
  if (project === null || judge(owner) === 'alive') return true;
  try {
    await withinLimit({ limitMs: REMOVE_LIMIT_MS, signal }, (limited) => removeProject(project, limited));
    onLine(`removed compose project ${project}, which an osrel that was killed had left`);
    return true;
  } catch (error) {
    signal.throwIfAborted();
    const words = error instanceof Error ? error.message : String(error);
    onLine(`compose project ${project} of an osrel that was killed could not be removed: ${words}`);
    return false;
  }
}

/** Whether nothing more is to be done about the rig. */
async function settleRig(options: RecoveryOptions, record: LeaseRecord, heardAtMs: number): Promise<boolean> {
  const { clock, onLine, signal, requests = createRigRequests() } = options;
  const { rig, url, purpose, state } = record;
  const name = nameOfRig(rig);
  try {
    if ((await requests.state(url, signal)) === 'idle') return true;
    if (state !== 'held' || !isSurelyOurs(heardAtMs, Date.parse(clock.now()))) {
      onLine(
        `rig ${name} is busy: an osrel that was killed may still have it (${purpose}), or somebody else has it by now; if nobody has, it frees itself within five minutes`,
      );
      return false;
    }
    await requests.teardown(url, signal);
    onLine(`freed rig ${name}, which an osrel that was killed had left (${purpose})`);
    return true;
  } catch (error) {
    signal.throwIfAborted();
    onLine(
      `rig ${name}, which an osrel that was killed had left (${purpose}), ${wordsOf(error)}; it frees itself within five minutes`,
    );
    return false;
  }
}
