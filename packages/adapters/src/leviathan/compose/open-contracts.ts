import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { badConfig } from '@osrel/core';
import { isMissing } from '../../if-present.ts';

export interface ContractsWish {
  /** Absolute path of the repository root. */
  readonly root: string;
  /** As configured, below the root; null: there are no private device types. */
  readonly path: string | null;
  /** Absolute path of a folder that exists. */
  readonly temporaryDirectory: string;
}

export interface Contracts {
  /** Absolute path, for the core to look for contracts in. */
  readonly folder: string;
  readonly remove: () => Promise<void>;
}

/**
 * The folder of private contracts, or an empty one: else docker would make it in the checkout. Throws config
 * `lab.no-contracts` for a folder without any.
 */
export async function openContracts({ root, path, temporaryDirectory }: ContractsWish): Promise<Contracts> {
  if (path === null) {
    const folder = await mkdtemp(join(temporaryDirectory, 'osrel-contracts-'));
    await mkdir(join(folder, 'contracts'));
    return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
  }
  const folder = resolve(root, path);
  if (await isFolder(join(folder, 'contracts/hw.device-type'))) return { folder, remove: async () => {} };
  throw badConfig('lab.no-contracts', `there are no contracts/hw.device-type in ${folder}`, {
    hint: 'correct tests.leviathan.private-contracts in osrel.yml, or check out the private contracts there',
  });
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
