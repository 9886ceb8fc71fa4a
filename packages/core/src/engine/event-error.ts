import { asOsrelError, DEFECT_EXIT_CODE } from '../errors/osrel-error.ts';
import type { EventError } from './run-event.ts';

/** A thrown value as events and the journal tell it; anything but an OsrelError is a defect of osrel. */
export function eventErrorOf(error: unknown): EventError {
  const known = asOsrelError(error);
  if (known !== undefined) {
    return { code: known.code, message: known.message, hint: known.hint ?? null, exitCode: known.exitCode };
  }
  return { code: 'defect', message: asError(error).message, hint: null, exitCode: DEFECT_EXIT_CODE };
}

/** The thrown value itself, or an Error around it when something else was thrown. */
export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(`thrown: ${String(error)}`);
}
