import { conflict, rigFailed } from '@osrel/core';
import type { CallDocker } from './docker-program.ts';

export interface ProjectRemoval {
  readonly call: CallDocker;
  readonly signal: AbortSignal;
}

const NAME = /^osrel-[a-z0-9-]+$/;
const CALL_MS = 30_000;

/** A name that only osrel gives a compose project: lower-case letters, digits and dashes. */
export function projectName(parts: readonly string[]): string {
  const words = ['osrel', ...parts].map((part) => part.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'));
  return words.join('-').replaceAll(/-+/g, '-').slice(0, 60).replace(/-$/, '');
}

/**
 * Removes containers, networks and volumes of one compose project by its exact name, without its compose files; never
 * an image. A project that is gone is removed already. Throws conflict `lab.foreign-project` for a name that osrel
 * does not give, and rig `lab.project-left` when something of it stays.
 */
export async function removeProject(name: string, { call, signal }: ProjectRemoval): Promise<void> {
  if (!NAME.test(name)) {
    throw conflict('lab.foreign-project', `compose project "${name}" was not started by osrel`, {
      hint: 'remove it yourself if it is yours: docker compose --project-name NAME down',
    });
  }
  const filter = ['--filter', `label=com.docker.compose.project=${name}`];
  const kinds = [
    { list: ['ps', '--all', '--quiet', ...filter], remove: ['rm', '--force', '--volumes'] },
    { list: ['network', 'ls', '--quiet', ...filter], remove: ['network', 'rm'] },
    { list: ['volume', 'ls', '--quiet', ...filter], remove: ['volume', 'rm', '--force'] },
  ];
  for (const { list, remove } of kinds) {
    const found = await call({ words: list, signal, timeoutMs: CALL_MS });
    const ids = found.stdout.split('\n').filter((id) => id !== '');
    if (!found.succeeded) throw projectLeft(name, found.complaint);
    if (ids.length === 0) continue;
    const removed = await call({ words: [...remove, ...ids], signal, timeoutMs: CALL_MS });
    const left = removed.succeeded ? '' : (await call({ words: list, signal, timeoutMs: CALL_MS })).stdout;
    // Somebody else may have removed it between the list and the removal.
    if (left !== '') throw projectLeft(name, removed.complaint);
  }
}

function projectLeft(name: string, because: string): Error {
  return rigFailed('lab.project-left', `containers of ${name} could not be removed: ${because}`, {
    hint: `docker compose --project-name ${name} down --volumes --remove-orphans`,
    retryable: true,
  });
}
