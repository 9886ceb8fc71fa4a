import { type Clock, upstreamFailed } from '@osrel/core';
import { type BalenaClient, unlessTaken } from './balena-client.ts';
import { isUnsure } from './balena-failure.ts';
import { findOrphan, findService, type ImagePlace, listLabels, listPlaces } from './image-rows.ts';
import { readAgain } from './read-again.ts';

export interface PlaceWish {
  readonly releaseId: number;
  readonly applicationId: number;
  readonly service: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface PreparedPlace {
  readonly place: ImagePlace;
  readonly serviceId: number;
}

interface Terms {
  readonly client: BalenaClient;
  readonly clock: Clock;
}

/**
 * The rows that an image needs before its content: service, image, its place in the release, labels. Those that are
 * there are used again. Of two places of one service, made by two runs at once, the one that was joined first counts,
 * and each run takes its own other one away.
 */
export async function preparePlace(terms: Terms, wish: PlaceWish): Promise<PreparedPlace> {
  const serviceId = await ensureService(terms, wish);
  const place = (await listPlaces(terms.client, wish))[0] ?? (await joinImage(terms, { ...wish, serviceId }));
  await ensureLabels(terms, place.joinId, wish.labels);
  return { place, serviceId };
}

async function ensureService({ client, clock }: Terms, wish: PlaceWish): Promise<number> {
  const found = await findService(client, wish);
  if (found !== undefined) return found;
  const { applicationId: application, service: service_name } = wish;
  const made = await unlessTaken(() =>
    client.insert('service', { application, service_name }, { isRepeatable: true }),
  );
  if (made !== undefined) return made;
  const taken = await readAgain({
    clock,
    read: () => findService(client, wish),
    isShown: (id) => id !== undefined,
  });
  if (taken !== undefined) return taken;
  throw notShown(`service ${service_name}`);
}

async function joinImage(
  { client, clock }: Terms,
  wish: PlaceWish & { readonly serviceId: number },
): Promise<ImagePlace> {
  const { releaseId } = wish;
  const imageId = await ensureImage({ client, clock }, wish);
  await unlessTaken(() =>
    client.insert(
      'image__is_part_of__release',
      { image: imageId, is_part_of__release: releaseId },
      { isRepeatable: true },
    ),
  );
  const places = await readAgain({
    clock,
    read: () => listPlaces(client, wish),
    isShown: (rows) => rows.some((place) => place.imageId === imageId),
  });
  const [first] = places;
  if (first === undefined) throw notShown(`the image of service ${wish.service} in release ${releaseId}`);
  const own = places.find((place) => place.imageId === imageId);
  if (own !== undefined && own !== first) await removePlace(client, own);
  return first;
}

/** A new image row; the one of a call whose reply was lost is found by its note. */
async function ensureImage(
  { client, clock }: Terms,
  { serviceId, releaseId, service }: PlaceWish & { readonly serviceId: number },
): Promise<number> {
  const note = `osrel: ${service} of release ${releaseId}`;
  const orphan = await findOrphan(client, { serviceId, note });
  if (orphan !== undefined) return orphan;
  try {
    return await client.insert('image', {
      is_a_build_of__service: serviceId,
      status: 'running',
      start_timestamp: clock.now(),
      build_log: note,
    });
  } catch (error) {
    if (!isUnsure(error)) throw error;
    const made = await readAgain({
      clock,
      read: () => findOrphan(client, { serviceId, note }),
      isShown: (id) => id !== undefined,
    });
    if (made !== undefined) return made;
    throw error;
  }
}

async function removePlace(client: BalenaClient, { joinId, imageId }: ImagePlace): Promise<void> {
  await client.remove((pine) => pine.compile({ resource: 'image__is_part_of__release', id: joinId }));
  await client.remove((pine) => pine.compile({ resource: 'image', id: imageId }));
}

async function ensureLabels(
  { client, clock }: Terms,
  joinId: number,
  labels: Readonly<Record<string, string>>,
): Promise<void> {
  if (Object.keys(labels).length === 0) return;
  const found = await listLabels(client, joinId);
  for (const [label_name, value] of Object.entries(labels)) {
    if (found.get(label_name)?.value === value) continue;
    const made = found.has(label_name)
      ? undefined
      : await unlessTaken(() =>
          client.insert('image_label', { release_image: joinId, label_name, value }, { isRepeatable: true }),
        );
    if (made !== undefined) continue;
    await client.change(
      (pine) =>
        pine.compile({
          resource: 'image_label',
          options: { $filter: { release_image: joinId, label_name } },
        }),
      { value },
    );
    // A change of nothing at all is answered like any other.
    const isShown = (shown: Awaited<ReturnType<typeof listLabels>>) => shown.get(label_name)?.value === value;
    const shown = await readAgain({ clock, read: () => listLabels(client, joinId), isShown });
    if (!isShown(shown)) throw notShown(`the label ${label_name}`);
  }
}

function notShown(what: string) {
  return upstreamFailed('release.not-visible', `the server has ${what}, but does not show it`, {
    hint: 'its database may be behind; run the command again: it goes on where it stopped',
    retryable: true,
  });
}
