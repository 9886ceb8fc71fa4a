import { readlink } from 'node:fs/promises';
import { findProcess, isSameProcessRunning } from '../../linux-process.ts';

/** One osrel among those that share a cache. */
export interface CacheOwner {
  /** Fit for a file name; nobody else ever has it. */
  readonly name: string;
  /** Whether the owner of that name is known to have ended. */
  readonly isGone: (name: string) => Promise<boolean>;
}

const NAME = /^(\d+)-(\d+)-([0-9a-f-]+)-(\d+)$/;

/** This process, by number, start, boot and process namespace; of processes elsewhere nobody here can tell. */
export async function createCacheOwner(pid: number): Promise<CacheOwner> {
  const namespace = await ownNamespace();
  const identity = await findProcess(pid);
  return {
    name: `${pid}-${identity?.startTicks ?? 0}-${identity?.bootId ?? '0'}-${namespace}`,
    isGone: async (name) => {
      const [, foreignPid, startTicks, bootId, foreignNamespace] = NAME.exec(name) ?? [];
      if (bootId === undefined || identity === undefined || foreignNamespace !== namespace) return false;
      const owner = { pid: Number(foreignPid), startTicks: Number(startTicks), bootId };
      return !(await isSameProcessRunning(owner));
    },
  };
}

async function ownNamespace(): Promise<string> {
  const link = await readlink('/proc/self/ns/pid').catch(() => '0'); // no Linux
  return link.replaceAll(/\D/g, '');
}
