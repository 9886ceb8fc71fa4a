import { randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../if-present.ts';
import { isRunning, ownPidNamespace } from './process-identity.ts';

const TEMPORARY = /^\.tmp-([0-9]+)-([0-9]+)-[0-9a-f]+$/;
const FOREIGN_AGE_MS = 24 * 3600 * 1000;

/** A fresh path in `folder` for content that is not published yet; the name tells who writes it. */
export function temporaryPath(folder: string): string {
  return join(folder, `.tmp-${process.pid}-${ownPidNamespace() ?? '0'}-${randomBytes(6).toString('hex')}`);
}

/** Whether a file name is one of ours that was never published. */
export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name);
}

/**
 * Removes what dead processes left in `folder` (not below it). A temporary of another container is left alone
 * for a day: its process cannot be asked.
 */
export async function removeStaleTemporaries(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (await isStale(name, path)) await rm(path, { recursive: true, force: true });
  }
}

async function isStale(name: string, path: string): Promise<boolean> {
  const match = TEMPORARY.exec(name);
  if (match === null) return false;
  const [, pid, namespace] = match;
  if (namespace === (ownPidNamespace() ?? '0')) return !isRunning(Number(pid));
  try {
    return Date.now() - (await stat(path)).mtimeMs > FOREIGN_AGE_MS;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
