import type { Clock } from '@osrel/core';
import type { ImageRegistry } from '../image-registry.ts';

/** What the balena adapter is made of. */
export interface BalenaOptions {
  /** Address of the API: `https://api.balena-cloud.com`. */
  readonly api: string;
  /** Address of its registry: `https://registry2.balena-cloud.com`. */
  readonly registry: string;
  /** The API key, read at the last moment; undefined when there is none. */
  readonly readToken: () => string | undefined;
  /** Name of the environment variable that holds the key, for messages. */
  readonly tokenVariable: string | null;
  readonly clock: Clock;
  readonly images: ImageRegistry;
  /** Milliseconds without a byte from the API after which a request is given up; a minute when absent. */
  readonly silenceMs?: number;
}

/** What its API alone is spoken to with. */
export type BalenaAccess = Omit<BalenaOptions, 'registry' | 'images'> & Partial<BalenaOptions>;
