import { z } from 'zod';
import type { HostappRelease } from '../../../ports/hostapp-releases.ts';
import type { BalenaOsFacts, StoreFacts } from '../facts.ts';

/** A version in the store and what its folder says. */
export interface PublishedVersion {
  readonly version: string;
  readonly state: StoreFacts['version'];
  readonly isHeld: boolean;
}

/** Everything that taking back a version, or a move of `latest`, looks at. */
export interface UndoFacts {
  readonly schemaVersion: 1;
  readonly system: 'balena-os';
  readonly about: 'undo';
  /** ISO 8601. */
  readonly now: string;
  readonly source: { readonly sha: string; readonly repository: string | null };
  readonly deviceType: Pick<BalenaOsFacts['deviceType'], 'slug' | 'machine'>;
  /** `<organization>/<slug>`, with `-esr` for the ESR fleet. */
  readonly application: string;
  readonly applicationTags: Readonly<Record<string, string>>;
  readonly esr: boolean;
  readonly visibility: 'public' | 'private';
  /** Whether the environment has an object store. */
  readonly hasStore: boolean;
  /** `images/<slug>` or `esr-images/<slug>`. */
  readonly folder: string;
  readonly latest: string | null;
  /** Every final release, withdrawn ones too. */
  readonly finals: readonly HostappRelease[];
  /** Versions in the store that were looked at: the one in question, then the newest before it until one can be offered. */
  readonly published: readonly PublishedVersion[];
}

/** Whether facts that were saved or gathered are about an undo; their shape is checked before they are used. */
export const undoFactsShape = z.looseObject({
  schemaVersion: z.literal(1),
  system: z.literal('balena-os'),
  about: z.literal('undo'),
  application: z.string(),
  folder: z.string(),
  finals: z.array(z.unknown()),
  published: z.array(z.unknown()),
});

/** Whether `latest` may name it: published, not held, and final without having been withdrawn. */
export function isOffered(
  { version, state, isHeld }: PublishedVersion,
  finals: readonly HostappRelease[],
): boolean {
  // Versions of the pipeline before osrel have no manifest of ours, and are good to go back to all the same.
  if (isHeld || (state !== 'published' && state !== 'foreign')) return false;
  return finals.some((release) => release.version === version && !release.isInvalidated);
}
