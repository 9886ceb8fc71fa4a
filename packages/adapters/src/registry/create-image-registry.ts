import type { Clock } from '@osrel/core';
import type { ImageRegistry } from '../image-registry.ts';
import { copyImage } from './copy-image.ts';
import { fetchImage } from './fetch-image.ts';
import type { RegistryTerms } from './open-session.ts';
import { pushImage } from './push-image.ts';

export interface ImageRegistryOptions {
  readonly clock: Clock;
  /** Absolute path of a folder of this adapter alone: packed layers lie there until the registry has them. */
  readonly cacheFolder: string;
  /** The text of docker's config.json, for logins; undefined where there is none. */
  readonly readDockerConfig?: () => Promise<string | undefined>;
  /** Bytes of one upload request; default 32 MiB. A cut costs at most this much to send again. */
  readonly chunkBytes?: number;
  /** Milliseconds without a byte in either direction after which a connection is given up; default two minutes. */
  readonly silenceMs?: number;
}

const CHUNK_BYTES = 32 * 1024 * 1024;
/** Registries are silent while they put a large blob together. */
const SILENCE_MS = 120_000;

/** Registries over the OCI distribution protocol 1.1 and docker's token authentication. Costs nothing until it is used. */
export function createImageRegistry(options: ImageRegistryOptions): ImageRegistry {
  const terms: RegistryTerms = {
    clock: options.clock,
    cacheFolder: options.cacheFolder,
    readDockerConfig: options.readDockerConfig ?? (async () => undefined),
    chunkBytes: options.chunkBytes ?? CHUNK_BYTES,
    silenceMs: options.silenceMs ?? SILENCE_MS,
  };
  return {
    push: (request) => pushImage(terms, request),
    copy: (request) => copyImage(terms, request),
    fetch: (request) => fetchImage(terms, request),
  };
}
