import { readdir, readlink } from 'node:fs/promises';
import { sep } from 'node:path';

/** Ids of the processes that work in a folder; whatever was started for a checkout works in it. */
export async function processesIn(folder: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const place = await readlink(`/proc/${pid}/cwd`).catch(() => '');
      return place === folder || place.startsWith(`${folder}${sep}`) ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}

/** What a power cut does to the processes of one checkout. */
export async function killAllIn(folder: string): Promise<void> {
  for (const pid of await processesIn(folder)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}
