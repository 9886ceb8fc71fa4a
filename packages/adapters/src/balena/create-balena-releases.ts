import type { HostappReleases } from '@osrel/core';
import { createAssetSlots } from './asset-slots.ts';
import type { BalenaClient } from './balena-client.ts';
import type { BalenaOptions } from './balena-options.ts';
import { createDraft } from './create-draft.ts';
import { copyImage, pushImage } from './fill-image.ts';
import { createRegistryAuthorize } from './registry-token.ts';
import { finalizeRelease, invalidateRelease, updateRelease } from './release-changes.ts';
import { findReleaseRow, listReleaseRows } from './release-rows.ts';

/** Hostapp releases of a balena backend (balena-workflow 5.4, 7). */
export function createBalenaReleases(client: BalenaClient, options: BalenaOptions): HostappReleases {
  const { clock, images, registry, tokenVariable } = options;
  const terms = { client, clock };
  const filling = {
    ...terms,
    notes: createAssetSlots(1),
    images,
    registry,
    tokenVariable,
    authorize: createRegistryAuthorize(client, { registry, tokenVariable }),
  };
  return {
    list: async (application) =>
      (await listReleaseRows(client, { application })).map(({ release }) => release),
    find: async (releaseId) => (await findReleaseRow(client, releaseId))?.release,
    createDraft: (request) => createDraft(terms, request),
    pushImage: (request) => pushImage(filling, request),
    copyImage: (request) => copyImage(filling, request),
    update: (releaseId, change) => updateRelease(terms, releaseId, change),
    finalize: (releaseId) => finalizeRelease(terms, releaseId),
    invalidate: (releaseId, reason) => invalidateRelease(terms, releaseId, reason),
  };
}
