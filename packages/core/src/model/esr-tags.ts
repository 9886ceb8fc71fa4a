import { conflict, type OsrelError } from '../errors/osrel-error.ts';
import { compareEsrLines, type EsrLine, parseEsrLine } from './esr-line.ts';

/** Values of the application tags esr-next, esr-current and esr-sunset as read; null where a tag is absent. */
export interface EsrTags {
  readonly next: string | null;
  readonly current: string | null;
  readonly sunset: string | null;
}

export interface EsrTagChange {
  readonly tag: 'sunset' | 'current' | 'next';
  readonly from: string | null;
  /** Null: the tag goes away, as when the only version of a line is withdrawn. */
  readonly to: string | null;
}

export interface EsrRotation {
  readonly before: EsrTags;
  readonly after: EsrTags;
  /** In the order to apply them: sunset, current, next. */
  readonly changes: readonly EsrTagChange[];
  readonly because: string;
  readonly outcome: 'rotate' | 'unchanged';
}

/** What `remainingEsrChanges` needs of a rotation: it travels in a plan. */
export type PlannedEsrChanges = Pick<EsrRotation, 'before' | 'after' | 'changes'>;

/** The order in which the tags are written. */
export const ESR_TAG_ORDER = ['sunset', 'current', 'next'] as const;

/** The three ESR tags of an application as its tags say. */
export function esrTagsOf(tags: Readonly<Record<string, string>>): EsrTags {
  return {
    next: tags['esr-next'] ?? null,
    current: tags['esr-current'] ?? null,
    sunset: tags['esr-sunset'] ?? null,
  };
}

/**
 * The writes of the rotation that are still due when the tags are as in `now`, in the order to apply them;
 * empty when it is complete. Padding makes no difference.
 * Throws conflict `esr.tags-moved` when a tag has neither its old nor its new value: someone else wrote it.
 */
export function remainingEsrChanges(rotation: PlannedEsrChanges, now: EsrTags): readonly EsrTagChange[] {
  const moved = ESR_TAG_ORDER.filter(
    (tag) => !isSameValue(now[tag], rotation.before[tag]) && !isSameValue(now[tag], rotation.after[tag]),
  );
  if (moved.length > 0) throw tagsMoved(rotation, now, moved);
  return rotation.changes
    .filter((change) => !isSameValue(now[change.tag], change.to))
    .map((change) => ({ ...change, from: now[change.tag] }));
}

function isSameValue(a: string | null, b: string | null): boolean {
  if (a === b) return true;
  if (a === null || b === null) return false;
  const line = findEsrLine(b);
  return line !== undefined && isSameEsrLine(findEsrLine(a) ?? null, line);
}

/** Whether both are one line; padding makes no difference. */
export function isSameEsrLine(a: EsrLine | null, b: EsrLine): boolean {
  return a !== null && compareEsrLines(a, b) === 0;
}

function tagsMoved(rotation: PlannedEsrChanges, now: EsrTags, moved: readonly (keyof EsrTags)[]): OsrelError {
  return conflict(
    'esr.tags-moved',
    `the ESR tags changed since the rotation was planned: ${describeEsrTags(now)}`,
    {
      hint: 'see who changed them, then plan the ESR stage again',
      problems: moved.map((tag) => ({
        at: `esr-${tag}`,
        message: `is ${now[tag] ?? 'absent'}; expected ${rotation.before[tag] ?? 'absent'} or ${rotation.after[tag] ?? 'absent'}`,
      })),
      details: { before: rotation.before, after: rotation.after, now },
    },
  );
}

export function findEsrLine(text: string): EsrLine | undefined {
  try {
    return parseEsrLine(text);
  } catch {
    return undefined; // parseEsrLine throws for one reason only
  }
}

/** The tags in one line, for people. */
export function describeEsrTags(tags: EsrTags): string {
  return (['next', 'current', 'sunset'] as const).map((tag) => `${tag} ${tags[tag] ?? 'absent'}`).join(', ');
}
