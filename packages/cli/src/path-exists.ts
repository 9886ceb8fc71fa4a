import { access } from 'node:fs/promises';

/** Whether something is at the path; what cannot be seen cannot be used and is not there. */
export async function pathExists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
