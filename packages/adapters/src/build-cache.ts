import type { BuildSettings } from '@osrel/core';

export interface BuildCacheRequest {
  readonly settings: BuildSettings;
  /** Absolute path of the folder that bitbake keeps its shared state in. */
  readonly sharedState: string;
  /** Absolute path of the folder that bitbake downloads sources to. */
  readonly downloads: string;
  /** Whether the build reads a directory cache in its place (SSTATE_MIRRORS); a container does not see it. */
  readonly readsInPlace: boolean;
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}

/** Shared state and sources that outlive a build folder. A cache never fails a build: what goes wrong is told in a line. */
export interface BuildCache {
  /** Before a build: brings shared state of earlier builds, where the build cannot read it by itself. */
  readonly restore: (request: BuildCacheRequest) => Promise<void>;
  /** After a build, also a failed one: keeps new shared state and, where the settings name a mirror, new downloads. */
  readonly save: (request: BuildCacheRequest) => Promise<void>;
}
