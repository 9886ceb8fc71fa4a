import {
  assignRevision,
  type Clock,
  conflict,
  type HostappRelease,
  type OsrelError,
  parseRecordedVersion,
  type ReleaseStatus,
  upstreamFailed,
  WITHDRAWN_TAG,
} from '@osrel/core';
import { checkFinalizable } from '../check-finalizable.ts';
import { type BalenaClient, unlessTaken } from './balena-client.ts';
import { statusOf } from './balena-failure.ts';
import { readAgain } from './read-again.ts';
import { findReleaseRow, getReleaseRow, listReleaseRows, type ReleaseRow } from './release-rows.ts';
import { checkTag, LONGEST_TAG_VALUE } from './tag-limits.ts';

export interface ChangeTerms {
  readonly client: BalenaClient;
  readonly clock: Clock;
}

interface ReleaseChange {
  readonly status?: ReleaseStatus;
  readonly tags?: Readonly<Record<string, string>>;
}

/**
 * Sets status and tags, those that differ, and reads them back: the server answers 200 to a change of nothing at all.
 * Throws usage `release.tag-rejected`, upstream `release.missing`, `release.change-lost`.
 */
export async function updateRelease(
  terms: ChangeTerms,
  releaseId: number,
  change: ReleaseChange,
): Promise<void> {
  for (const [key, value] of Object.entries(change.tags ?? {})) checkTag('release', key, value);
  const { release } = await getReleaseRow(terms.client, releaseId);
  const open = openChange(release, change);
  if (open.status === undefined && Object.keys(open.tags).length === 0) return;
  if (open.status !== undefined)
    await patch(terms.client, releaseId, statusColumns(terms.clock, open.status));
  for (const [key, value] of Object.entries(open.tags)) await setTag(terms.client, release, { key, value });
  await confirm(terms, releaseId, ({ release: now }) => {
    const left = openChange(now, change);
    return left.status === undefined && Object.keys(left.tags).length === 0;
  });
}

/**
 * Makes a draft final. Refuses `release.not-complete`, which this server would not, and `release.invalidated`; conflict
 * `release.revision` when the server's next revision is another one (balena-workflow 7.3).
 */
export async function finalizeRelease(terms: ChangeTerms, releaseId: number): Promise<HostappRelease> {
  const { release } = await getReleaseRow(terms.client, releaseId);
  if (release.isFinal) return release;
  checkFinalizable(release);
  try {
    await patch(terms.client, releaseId, { is_final: true });
  } catch (error) {
    throw isRevisionClash(error) ? await revisionConflict(terms.client, release, error) : error;
  }
  return (await confirm(terms, releaseId, (row) => row.release.isFinal)).release;
}

/** Takes a release out of every offer and says why, in its note and in a tag. Throws upstream `release.missing`. */
export async function invalidateRelease(
  terms: ChangeTerms,
  releaseId: number,
  reason: string,
): Promise<void> {
  const { release, note } = await getReleaseRow(terms.client, releaseId);
  const value = reason.slice(0, LONGEST_TAG_VALUE);
  const hasReason = Object.hasOwn(release.tags, WITHDRAWN_TAG);
  if (release.isInvalidated && hasReason) return;
  // The reason first, and seen: whoever finds the release invalidated takes the work for done.
  if (!hasReason) {
    await setTag(terms.client, release, { key: WITHDRAWN_TAG, value });
    await confirm(terms, releaseId, (row) => Object.hasOwn(row.release.tags, WITHDRAWN_TAG));
  }
  if (!release.isInvalidated)
    await patch(terms.client, releaseId, { is_invalidated: true, note: withReason(note, reason) });
  await confirm(
    terms,
    releaseId,
    (row) => row.release.isInvalidated && Object.hasOwn(row.release.tags, WITHDRAWN_TAG),
  );
}

/** What somebody wrote there stays. */
function withReason(note: string | null, reason: string): string {
  if (note === null || note.trim() === '') return reason;
  return note.includes(reason) ? note : `${note}\n${reason}`;
}

function openChange(
  release: HostappRelease,
  { status, tags = {} }: ReleaseChange,
): { readonly status: ReleaseStatus | undefined; readonly tags: Readonly<Record<string, string>> } {
  const open = Object.entries(tags).filter(
    ([key, value]) => !Object.hasOwn(release.tags, key) || release.tags[key] !== value,
  );
  return { status: status === release.status ? undefined : status, tags: Object.fromEntries(open) };
}

function statusColumns(clock: Clock, status: ReleaseStatus): Readonly<Record<string, unknown>> {
  return status === 'running' ? { status } : { status, end_timestamp: clock.now() };
}

async function patch(
  client: BalenaClient,
  releaseId: number,
  values: Readonly<Record<string, unknown>>,
): Promise<void> {
  await client.change((pine) => pine.compile({ resource: 'release', id: releaseId }), values);
}

async function setTag(
  client: BalenaClient,
  release: HostappRelease,
  { key, value }: { readonly key: string; readonly value: string },
): Promise<void> {
  const made = Object.hasOwn(release.tags, key)
    ? undefined
    : await unlessTaken(() =>
        client.insert('release_tag', { release: release.id, tag_key: key, value }, { isRepeatable: true }),
      );
  if (made !== undefined) return;
  await client.change(
    (pine) =>
      pine.compile({ resource: 'release_tag', options: { $filter: { release: release.id, tag_key: key } } }),
    { value },
  );
}

/** The release once it shows the change. Throws upstream `release.missing`, `release.change-lost`. */
async function confirm(
  { client, clock }: ChangeTerms,
  releaseId: number,
  isDone: (row: ReleaseRow) => boolean,
): Promise<ReleaseRow> {
  const row = await readAgain({
    clock,
    read: () => findReleaseRow(client, releaseId),
    isShown: (found) => found !== undefined && isDone(found),
  });
  if (row !== undefined && isDone(row)) return row;
  throw upstreamFailed(
    'release.change-lost',
    `a change of release ${releaseId} was accepted, but is not there`,
    {
      hint: "the server's database may be behind, or somebody changed it back; run the command again",
      retryable: true,
      details: { releaseId },
    },
  );
}

function isRevisionClash(error: unknown): boolean {
  return statusOf(error) === 400 && error instanceof Error && /revision does not match/.test(error.message);
}

async function revisionConflict(
  client: BalenaClient,
  release: HostappRelease,
  cause: unknown,
): Promise<OsrelError> {
  const rows = await listReleaseRows(client, { application: release.application });
  const finals = rows.flatMap(({ release: { rawVersion, revision } }) =>
    revision === null ? [] : [{ semver: rawVersion, revision }],
  );
  const next = assignRevision({ version: parseRecordedVersion(release.version), finals });
  const expected = next.kind === 'assigned' ? next.revision : next.expected;
  return conflict(
    'release.revision',
    `release ${release.id} of ${release.application} asks for a revision in ${release.version}, the server's next one is ${expected}`,
    {
      hint: 'releases of one version are finalized in order, without holes: finalize the drafts below it first (osrel finalize --release), or release a new version; see "osrel status"',
      details: { releaseId: release.id, version: release.version, expected },
      cause,
    },
  );
}
