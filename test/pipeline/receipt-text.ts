import { z } from 'zod';

const envelope = z.object({ payload: z.base64() });

/**
 * What a stored receipt says, without who signed it: the statement in its envelope, with two spaces of indent and
 * without how long it took. Signatures and durations differ between worlds in which the same thing happened.
 */
export function receiptText(text: string): string {
  const statement = Buffer.from(envelope.parse(JSON.parse(text)).payload, 'base64').toString();
  const told = JSON.stringify(JSON.parse(statement), null, 2);
  return told.replaceAll(/("durationMs"): [\d.]+/g, '$1: <duration>');
}
