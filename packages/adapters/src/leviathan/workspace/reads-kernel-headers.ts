import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How suites get at the archive that the core was sent (leviathan 5.2). */
const MENTION = /kernel_?headers|kernel_modules_headers/i;

/** Whether any script of a suite's folder names the kernel headers: then a run without them would only waste a rig. */
export async function readsKernelHeaders(folder: string, signal: AbortSignal): Promise<boolean> {
  signal.throwIfAborted();
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name === 'node_modules') continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory() && (await readsKernelHeaders(path, signal))) return true;
    if (!entry.isFile() || !/\.(?:[cm]?js|sh)$/.test(entry.name)) continue;
    if (MENTION.test(await readFile(path, 'utf8'))) return true;
  }
  return false;
}
