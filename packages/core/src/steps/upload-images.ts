import { z } from 'zod';
import { integrityBroken, type OsrelError } from '../errors/osrel-error.ts';
import {
  IGNORE_MARKER,
  listStoreFiles,
  MANIFEST_NAME,
  type PublishedFile,
  withIndexFiles,
} from '../model/published-files.ts';
import type { DeployFolder } from '../ports/deploy-folder.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import { readStagedRelease, type StagedRelease } from './read-staged-release.ts';
import { runInParallel } from './run-in-parallel.ts';
import { defineStepKind, notDone } from './step-kind.ts';

const input = z.strictObject({
  prefix: z.string(),
  slug: z.string(),
  version: z.string(),
  manifestSha256: z.string(),
  visibility: z.enum(['public', 'private']),
});

const output = z.strictObject({ objects: z.number(), sizeBytes: z.number() });

type UploadInput = z.infer<typeof input>;

/** Objects at once; the store adapter splits large ones by itself. */
const PARALLEL_OBJECTS = 4;

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
  probe: async (wanted, { ports }) => {
    const { files, due, extra } = await comparePublished(wanted, ports);
    if (due.length > 0 || extra.length > 0) return notDone;
    return { done: true, output: totals(files), because: 'every object is there with its size and digest' };
  },
  run: async (wanted, { ports, signal, log, progress }) => {
    const { files, due, extra, release, isOpen } = await comparePublished(wanted, ports);
    if (!isOpen) throw damaged(wanted, due, extra);
    for (const key of extra) await ports.objectStore.remove(key);
    const total = due.reduce((sum, file) => sum + file.sizeBytes, 0);
    let done = 0;
    const send = async (file: PublishedFile): Promise<void> => {
      signal.throwIfAborted();
      await putFile(file, { wanted, release, store: ports.objectStore, signal });
      done += file.sizeBytes;
      progress(done, total, 'bytes');
    };
    await runInParallel(
      due.filter((file) => file.name !== MANIFEST_NAME),
      PARALLEL_OBJECTS,
      send,
    );
    await runInParallel(
      due.filter((file) => file.name === MANIFEST_NAME),
      1,
      send,
    );
    log(
      `${due.length} of ${files.length} objects sent, ${files.length - due.length} were there, ${extra.length} leftovers removed`,
    );
    return totals(files);
  },
});

async function comparePublished(
  wanted: UploadInput,
  ports: { readonly objectStore: ObjectStore; readonly deployFolder: DeployFolder },
) {
  const release = await readStagedRelease(wanted, ports.deployFolder);
  const files = withIndexFiles(release.manifest, listStoreFiles(release.manifest));
  const objects = await ports.objectStore.list(`${wanted.prefix}/`);
  const present = new Map(objects.map((object) => [object.key, object]));
  const due = files.filter((file) => {
    const object = present.get(`${wanted.prefix}/${file.name}`);
    return (
      object?.sizeBytes !== file.sizeBytes ||
      object.sha256 !== file.sha256 ||
      object.visibility !== wanted.visibility
    );
  });
  const keys = new Set([
    ...files.map((file) => `${wanted.prefix}/${file.name}`),
    `${wanted.prefix}/${IGNORE_MARKER}`,
  ]);
  const extra = objects.map((object) => object.key).filter((key) => !keys.has(key));
  const isOpen = present.has(`${wanted.prefix}/${IGNORE_MARKER}`);
  return { release, files, due, extra, isOpen };
}

/** Readers see a folder without the marker: nothing in it is written any more, not even to mend it. */
function damaged(wanted: UploadInput, due: readonly PublishedFile[], extra: readonly string[]): OsrelError {
  return integrityBroken(
    'store.published-damaged',
    `${wanted.prefix} is published, but not what its manifest says`,
    {
      hint: 'find out who changed it; then release a new version',
      problems: [
        ...due.map((file) => ({ at: file.name, message: 'is missing or differs' })),
        ...extra.map((key) => ({ at: key, message: 'is not part of the release' })),
      ],
    },
  );
}

async function putFile(
  file: PublishedFile,
  to: {
    readonly wanted: UploadInput;
    readonly release: StagedRelease;
    readonly store: ObjectStore;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { name, ...content } = file;
  await to.store.putFile({
    ...content,
    key: `${to.wanted.prefix}/${name}`,
    file: `${to.release.directory}/${name}`,
    visibility: to.wanted.visibility,
    signal: to.signal,
  });
}

function totals(files: readonly PublishedFile[]): z.infer<typeof output> {
  return { objects: files.length, sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0) };
}
