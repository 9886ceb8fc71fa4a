import { createHash } from 'node:crypto';
import {
  type Clock,
  type DraftRequest,
  type HostappRelease,
  OsrelError,
  parseRecordedVersion,
  upstreamFailed,
} from '@osrel/core';
import { getApplicationRow } from './application-rows.ts';
import type { BalenaClient, Compile } from './balena-client.ts';
import { isUnsure } from './balena-failure.ts';
import { readAgain } from './read-again.ts';
import { listReleaseRows, OWN_KEY, type OwnNote, type ReleaseRow } from './release-rows.ts';

interface Terms {
  readonly client: BalenaClient;
  readonly clock: Clock;
}

/**
 * The one release of a mark: the one that is there, else a new draft. The server refuses no second one, not even with
 * the same commit, so after each attempt the releases are listed: the lowest id is the one, whoever made it, and what
 * came later without an image is removed. Ids grow with time, and a replica that shows a late write shows all before it.
 * Throws usage `version.malformed`, upstream `application.unknown`.
 */
export async function createDraft(terms: Terms, request: DraftRequest): Promise<HostappRelease> {
  const version = parseRecordedVersion(request.version).canonical;
  const { client, clock } = terms;
  const application = await getApplicationRow(client, request.application);
  const list = () => listReleaseRows(client, { application: request.application });
  const before = await list();
  const own = findOwn(before, request.mark);
  if (own !== undefined) return own.release;
  const attempt = before.filter((row) => row.own?.mark === request.mark).length;
  const made = await insertDraft(terms, { request, version, applicationId: application.id, attempt });
  const after = await readAgain({
    clock,
    read: list,
    isShown: (rows) =>
      made.kind === 'made'
        ? rows.some((row) => row.release.id === made.id)
        : findOwn(rows, request.mark) !== undefined,
  });
  const winner = findOwn(after, request.mark);
  if (winner === undefined) throw made.kind === 'unsure' ? made.error : notVisible(request, made.id);
  await removeTwins(client, after, winner);
  return winner.release;
}

/** The release of this mark that counts: the final one, else the first; never one that was taken out of every offer. */
function findOwn(rows: readonly ReleaseRow[], mark: string): ReleaseRow | undefined {
  const own = rows.filter((row) => row.own?.mark === mark && !row.release.isInvalidated);
  return own.find((row) => row.release.isFinal) ?? own.toSorted((a, b) => a.release.id - b.release.id)[0];
}

type Made =
  | { readonly kind: 'made'; readonly id: number }
  | { readonly kind: 'unsure'; readonly error: unknown };

async function insertDraft(
  { client, clock }: Terms,
  draft: {
    readonly request: DraftRequest;
    readonly version: string;
    readonly applicationId: number;
    readonly attempt: number;
  },
): Promise<Made> {
  const { request, version, applicationId, attempt } = draft;
  const { mark, sourceSha: source, archives, composition, contract } = request;
  const { userId } = await client.identify();
  const note: OwnNote = { mark, version: request.version, source, archives };
  try {
    const id = await client.insert('release', {
      belongs_to__application: applicationId,
      ...(userId === null ? {} : { is_created_by__user: userId }),
      commit: createHash('sha256').update(`${mark}\n${attempt}`).digest('hex').slice(0, 32),
      composition: { ...composition, [OWN_KEY]: note },
      ...(Object.keys(contract).length === 0 ? {} : { contract }),
      status: 'running',
      source: 'local',
      semver: version,
      is_final: false,
      start_timestamp: clock.now(),
    });
    return { kind: 'made', id };
  } catch (error) {
    if (isUnsure(error)) return { kind: 'unsure', error };
    throw error;
  }
}

/** Later drafts of the mark have nothing in them yet: their makers find the winner as we did. */
async function removeTwins(
  client: BalenaClient,
  rows: readonly ReleaseRow[],
  winner: ReleaseRow,
): Promise<void> {
  const twins = rows.filter(
    ({ own, release }) =>
      own?.mark === winner.own?.mark &&
      release.id !== winner.release.id &&
      !release.isFinal &&
      !release.isInvalidated &&
      release.status === 'running' &&
      release.images.length === 0,
  );
  for (const { release } of twins) await removeTwin(client, release.id);
}

/** Takes a draft out of the way; a key that may not delete leaves it invalidated and failed. */
async function removeTwin(client: BalenaClient, id: number): Promise<void> {
  const compile: Compile = (pine) => pine.compile({ resource: 'release', id });
  try {
    await client.remove(compile);
  } catch (error) {
    if (!(error instanceof OsrelError) || error.retryable) throw error;
    await client.change(compile, {
      is_invalidated: true,
      status: 'failed',
      note: 'made twice at once by osrel',
    });
  }
}

function notVisible(request: DraftRequest, id: number) {
  return upstreamFailed(
    'release.not-visible',
    `draft ${id} of ${request.application} ${request.version} was made, but the server does not show it`,
    {
      hint: 'its database may be behind; run the command again: it goes on with that draft',
      retryable: true,
      details: { releaseId: id },
    },
  );
}
