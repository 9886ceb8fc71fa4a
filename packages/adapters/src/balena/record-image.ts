import type { Clock } from '@osrel/core';
import type { AssetSlots } from './asset-slots.ts';
import type { BalenaClient } from './balena-client.ts';
import type { ImagePlace } from './image-rows.ts';
import { readAgain } from './read-again.ts';
import { findReleaseRow, getReleaseRow, OWN_KEY, type ReleaseRow } from './release-rows.ts';

/** What an image is, once it is in the registry. */
export interface ImageContent {
  /** `sha256:<hex>` of its manifest. */
  readonly contentHash: string;
  readonly sizeBytes: number;
  /** Null for an image that was copied from another registry. */
  readonly archiveSha256: string | null;
}

export interface RecordTerms {
  readonly client: BalenaClient;
  readonly clock: Clock;
  /** One at a time: the note in a composition is read, changed and written as a whole. */
  readonly notes: AssetSlots;
}

interface Filled {
  readonly releaseId: number;
  readonly service: string;
  readonly place: ImagePlace;
  readonly content: ImageContent;
}

/**
 * Writes down what the place holds. A place that held something else first says that it is not complete, then the note
 * in the composition changes: at no moment does the release claim what is not there. False when the release does not
 * show it afterwards, because another run filled another place.
 */
export async function recordImage(terms: RecordTerms, filled: Filled): Promise<boolean> {
  const { client, clock } = terms;
  const { place, content } = filled;
  const change = (values: Readonly<Record<string, unknown>>) =>
    client.change((pine) => pine.compile({ resource: 'image', id: place.imageId }), values);
  if (place.contentHash !== null) await change({ status: 'running', content_hash: null });
  await terms.notes.use(() => noteArchive(terms, filled));
  const ended = clock.now();
  await change({
    status: 'success',
    content_hash: content.contentHash,
    image_size: content.sizeBytes,
    push_timestamp: ended,
    end_timestamp: ended,
  });
  const isShown = (row: ReleaseRow | undefined) => showsImage(row, filled);
  return isShown(await readAgain({ clock, read: () => findReleaseRow(client, filled.releaseId), isShown }));
}

function showsImage(row: ReleaseRow | undefined, { service, content }: Filled): boolean {
  const found = row?.release.images.find((image) => image.service === service);
  return found?.contentHash === content.contentHash && found.archiveSha256 === content.archiveSha256;
}

/** Brings the note up to date when the draft announced another archive, as after a second build. */
async function noteArchive({ client, clock }: RecordTerms, filled: Filled): Promise<void> {
  const { releaseId, service } = filled;
  const { archiveSha256 } = filled.content;
  const { own, composition } = await getReleaseRow(client, releaseId);
  if (own === undefined || (own.archives[service] ?? null) === archiveSha256) return;
  const { [service]: _, ...others } = own.archives;
  const archives = archiveSha256 === null ? others : { ...others, [service]: archiveSha256 };
  await client.change((pine) => pine.compile({ resource: 'release', id: releaseId }), {
    composition: { ...composition, [OWN_KEY]: { ...own, archives } },
  });
  // Whoever changes the note next has to see this.
  await readAgain({
    clock,
    read: () => findReleaseRow(client, releaseId),
    isShown: (row) => (row?.own?.archives[service] ?? null) === archiveSha256,
  });
}
