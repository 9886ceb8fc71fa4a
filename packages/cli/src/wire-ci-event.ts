import { readCiEvent } from '@osrel/adapters';
import type { CiEvent } from './host.ts';

export interface CiEventRequest {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A payload to replay; null: the one CI gives. */
  readonly eventFile: string | null;
  /** Commit of the checkout, for a replayed event that names none. */
  readonly headSha: string | null;
}

/** Reads the CI event of this process's environment, or the payload in a file. */
export function wireCiEvent({ environment, eventFile, headSha }: CiEventRequest): Promise<CiEvent> {
  return readCiEvent({ environment, eventFile: eventFile ?? undefined, headSha: headSha ?? undefined });
}
