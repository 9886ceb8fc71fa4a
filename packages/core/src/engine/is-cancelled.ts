import { asOsrelError } from '../errors/osrel-error.ts';

/** Whether an error only says that the run was interrupted. */
export function isCancelled(error: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false;
  if (error === signal.reason || asOsrelError(error)?.kind === 'cancelled') return true;
  return error instanceof Error && error.name === 'AbortError';
}
