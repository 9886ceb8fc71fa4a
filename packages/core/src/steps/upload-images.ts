import { z } from 'zod';
import { integrityBroken, type OsrelError } from '../errors/osrel-error.ts';
import {
  IGNORE_MARKER,
  listStoreFiles,
  MANIFEST_NAME,
  MARKERS,
  type PublishedFile,
  withIndexFiles,
} from '../model/published-files.ts';
import type { DeployFolder } from '../ports/deploy-folder.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import { compareObjects, type DueObject } from './compare-objects.ts';
import { readStagedRelease } from './read-staged-release.ts';
import { createObjectSender, sizeOfFiles } from './send-objects.ts';
import { defineStepKind, notDone } from './step-kind.ts';

const input = z.strictObject({
  prefix: z.string(),
  slug: z.string(),
  version: z.string(),
  manifestSha256: z.string(),
  visibility: z.enum(['public', 'private']),
  /** Whether files that readers see already may be replaced (`--replace-published`). */
  replace: z.boolean(),
});

const output = z.strictObject({ objects: z.number(), sizeBytes: z.number() });

type UploadInput = z.infer<typeof input>;

/**
 * Uploads the release's files under the marker: what is there with the right size and digest stays, the rest is sent,
 * leftovers of another half upload go away. The release manifest is sent last.
 */
export const uploadImages = defineStepKind({
  kind: 'upload-images',
  writes: true,
  input,
  output,
  ports: ['objectStore', 'deployFolder'],
  probe: async (wanted, { ports, signal }) => {
    const { files, due, extra } = await comparePublished(wanted, ports, signal);
    if (due.length > 0 || extra.length > 0) return notDone;
    return { done: true, output: totals(files), because: 'every object is there with its size and digest' };
  },
  run: async (wanted, { ports, signal, log, progress }) => {
    const { files, due, extra, release, isOpen } = await comparePublished(wanted, ports, signal);
    if (!isOpen && !wanted.replace) throw damaged(wanted, due, extra);
    if (!isOpen) await hide(wanted, ports.objectStore);
    for (const key of extra) await ports.objectStore.remove(key);
    const send = createObjectSender({
      store: ports.objectStore,
      prefix: wanted.prefix,
      directory: release.directory,
      visibility: wanted.visibility,
      totalBytes: sizeOfFiles(due.map(({ file }) => file)),
      signal,
      progress,
    });
    await send(due.filter(({ file }) => file.name !== MANIFEST_NAME));
    await send(due.filter(({ file }) => file.name === MANIFEST_NAME));
    log(
      `${due.length} of ${files.length} objects sent, ${files.length - due.length} were there, ${extra.length} leftovers removed`,
    );
    return totals(files);
  },
});

async function comparePublished(
  wanted: UploadInput,
  ports: { readonly objectStore: ObjectStore; readonly deployFolder: DeployFolder },
  signal: AbortSignal,
) {
  const { prefix, visibility } = wanted;
  const release = await readStagedRelease(wanted, ports.deployFolder);
  const files = withIndexFiles(release.manifest, listStoreFiles(release.manifest));
  const { due, keys } = await compareObjects(ports.objectStore, { prefix, files, visibility, signal });
  const own = new Set([...files.map(({ name }) => name), ...MARKERS].map((name) => `${prefix}/${name}`));
  return {
    release,
    files,
    due,
    extra: keys.filter((key) => !own.has(key)),
    isOpen: keys.includes(`${prefix}/${IGNORE_MARKER}`),
  };
}

/** Readers leave the folder alone while its files are replaced. */
async function hide({ prefix, visibility }: UploadInput, store: ObjectStore): Promise<void> {
  await store.putText({
    key: `${prefix}/${IGNORE_MARKER}`,
    text: '',
    mediaType: 'application/octet-stream',
    visibility,
    expected: { kind: 'anything' },
  });
}

/** Readers see a folder without the marker: nothing in it is written any more, not even to mend it. */
function damaged(wanted: UploadInput, due: readonly DueObject[], extra: readonly string[]): OsrelError {
  return integrityBroken(
    'store.published-damaged',
    `${wanted.prefix} is published, but not what its manifest says`,
    {
      hint: `find out who changed it; then release a new version, or put it right: osrel deploy --replace-published ${wanted.version}`,
      problems: [
        ...due.map(({ file, defect }) => ({ at: file.name, message: defect })),
        ...extra.map((key) => ({ at: key, message: 'is not part of the release' })),
      ],
    },
  );
}

function totals(files: readonly PublishedFile[]): z.infer<typeof output> {
  return { objects: files.length, sizeBytes: sizeOfFiles(files) };
}
