import { asOsrelError, cancelled } from '@osrel/core';

/** Throws the signal's own OsrelError, or `image.cancelled`, once the signal has fired. `work` completes the sentence. */
export function refuseWhenAborted(signal: AbortSignal | undefined, work: string): void {
  if (signal?.aborted !== true) return;
  const known = asOsrelError(signal.reason);
  if (known !== undefined) throw known;
  throw cancelled('image.cancelled', `cancelled while ${work}`, { cause: signal.reason });
}
