import type { CallDocker } from './docker-program.ts';
import { removeProject } from './remove-project.ts';
import { OWNER_LABEL } from './render-project.ts';

export interface ProjectRecovery {
  readonly call: CallDocker;
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
  /** Whether the osrel of that name is known to have ended. */
  readonly isGone: (owner: string) => Promise<boolean>;
}

const ANSWER_MS = 20_000;

/**
 * Removes compose projects whose osrel was killed; those of other osrels that live, and of anybody else, are left alone.
 * What cannot be removed is told: it stands in nobody's way but for its memory and disk.
 */
export async function recoverProjects({ call, signal, onLine, isGone }: ProjectRecovery): Promise<void> {
  const format = `{{.Label "com.docker.compose.project"}}|{{.Label "${OWNER_LABEL}"}}`;
  const words = ['ps', '--all', '--filter', `label=${OWNER_LABEL}`, '--format', format];
  const { stdout, succeeded } = await call({ words, signal, timeoutMs: ANSWER_MS });
  if (!succeeded) return;
  for (const line of new Set(stdout.split('\n'))) {
    const [name = '', owner = ''] = line.split('|');
    if (!name.startsWith('osrel-') || owner === '' || !(await isGone(owner))) continue;
    onLine(`osrel: removes compose project ${name}, left behind by an osrel that was killed`);
    try {
      await removeProject(name, { call, signal });
    } catch (error) {
      signal.throwIfAborted();
      onLine(`osrel: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
