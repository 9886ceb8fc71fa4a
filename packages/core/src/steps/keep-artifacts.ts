import { z } from 'zod';
import { conflict } from '../errors/osrel-error.ts';
import { MANIFEST_NAME, type PublishedFile, withIndexFiles } from '../model/published-files.ts';
import type { DeployFolder } from '../ports/deploy-folder.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import { compareObjects, type DueObject } from './compare-objects.ts';
import { readStagedRelease } from './read-staged-release.ts';
import { createObjectSender, sizeOfFiles } from './send-objects.ts';
import { defineStepKind, notDone } from './step-kind.ts';

const input = z.strictObject({
  /** Folder in the store, without a slash at the end: one for each version, source tree and builder. */
  prefix: z.string(),
  slug: z.string(),
  version: z.string(),
  manifestSha256: z.string(),
});

const output = z.strictObject({ objects: z.number(), sizeBytes: z.number() });

type KeepInput = z.infer<typeof input>;

interface KeepPorts {
  readonly objectStore: ObjectStore;
  readonly deployFolder: DeployFolder;
}

/**
 * Keeps all files of the deploy folder in the store, also those that are never published, so that the tag can publish
 * the very bytes that were tested (balena-workflow W11). Private; what is there already stays; the release manifest
 * comes last and vouches for the rest, so one of another build goes first.
 */
export const keepArtifacts = defineStepKind({
  kind: 'keep-artifacts',
  writes: true,
  input,
  output,
  ports: ['objectStore', 'deployFolder'],
  probe: async (wanted, { ports, signal }) => {
    const { files, due } = await compareKept(wanted, ports, signal);
    if (due.length > 0) return notDone;
    return { done: true, output: totals(files), because: 'every file is kept with its size and digest' };
  },
  run: async (wanted, { ports, signal, log, progress }) => {
    const { directory, files, due, extra } = await compareKept(wanted, ports, signal);
    const manifestKey = `${wanted.prefix}/${MANIFEST_NAME}`;
    const isOther = due.some(({ file, found }) => file.name === MANIFEST_NAME && found !== undefined);
    if (isOther) await ports.objectStore.remove(manifestKey);
    for (const key of extra) await ports.objectStore.remove(key);
    const send = createObjectSender({
      store: ports.objectStore,
      prefix: wanted.prefix,
      directory,
      visibility: 'private',
      totalBytes: sizeOfFiles(due.map(({ file }) => file)),
      signal,
      progress,
    });
    const [manifest, others] = splitManifest(due);
    await send(others);
    if (others.length > 0) await refuseMixture(wanted, ports, signal);
    // One of another build went first.
    await send(manifest.map(({ file, defect }) => ({ file, defect, found: undefined })));
    log(
      `${due.length} of ${files.length} files sent to ${wanted.prefix}, ${files.length - due.length} were there`,
    );
    return totals(files);
  },
});

async function compareKept(wanted: KeepInput, ports: KeepPorts, signal: AbortSignal) {
  const { prefix } = wanted;
  const { directory, manifest } = await readStagedRelease(wanted, ports.deployFolder);
  const files = withIndexFiles(manifest, manifest.files);
  const { due, keys } = await compareObjects(ports.objectStore, {
    prefix,
    files,
    visibility: 'private',
    signal,
  });
  const own = new Set(files.map(({ name }) => `${prefix}/${name}`));
  return { directory, files, due, extra: keys.filter((key) => !own.has(key)) };
}

/** The manifest vouches for what lies there now, whoever else was writing meanwhile. */
async function refuseMixture(wanted: KeepInput, ports: KeepPorts, signal: AbortSignal): Promise<void> {
  const [, others] = splitManifest((await compareKept(wanted, ports, signal)).due);
  if (others.length === 0) return;
  throw conflict('artifacts.raced', `another run writes other files to ${wanted.prefix} at the same time`, {
    hint: 'let the other run end, then continue this one: osrel resume',
    problems: others.map(({ file, defect }) => ({ at: file.name, message: defect })),
  });
}

function splitManifest(due: readonly DueObject[]): readonly [readonly DueObject[], readonly DueObject[]] {
  const isManifest = ({ file }: DueObject): boolean => file.name === MANIFEST_NAME;
  return [due.filter(isManifest), due.filter((each) => !isManifest(each))];
}

function totals(files: readonly PublishedFile[]): z.infer<typeof output> {
  return { objects: files.length, sizeBytes: sizeOfFiles(files) };
}
