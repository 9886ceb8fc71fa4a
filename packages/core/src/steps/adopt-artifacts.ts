import { z } from 'zod';
import { integrityBroken, type OsrelError } from '../errors/osrel-error.ts';
import type { Artifact } from '../model/artifact.ts';
import { hexOfDigest } from '../model/digest.ts';
import { MANIFEST_NAME, manifestSha256 } from '../model/published-files.ts';
import { parseReleaseManifest, type ReleaseManifest } from '../model/release-manifest.ts';
import type { DeployFolder } from '../ports/deploy-folder.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import { runInParallel } from './run-in-parallel.ts';
import { defineStepKind, notDone, type StepRun } from './step-kind.ts';

const input = z.strictObject({
  /** Where the build is kept in the store, without a slash at the end; null: the deploy folder holds it. */
  prefix: z.string().nullable(),
  slug: z.string(),
  version: z.string(),
  /** Digest of the release manifest of the bytes that are adopted. */
  manifestSha256: z.string(),
});

const output = z.strictObject({ manifestSha256: z.string(), files: z.number(), sizeBytes: z.number() });

type AdoptInput = z.infer<typeof input>;

interface AdoptPorts {
  readonly objectStore: ObjectStore;
  readonly deployFolder: DeployFolder;
}

/** Files at once. */
const PARALLEL_FILES = 8;

/**
 * Brings tested bytes back instead of building again (balena-workflow W11): the deploy folder holds exactly the files of
 * a kept build, each checked against its digest, and the very manifest that the evidence is about. Files are fetched
 * into a folder beside it, where a cut call leaves them for the next one; the manifest comes last.
 */
export const adoptArtifacts = defineStepKind({
  kind: 'adopt-artifacts',
  writes: true,
  input,
  output,
  ports: ['objectStore', 'deployFolder'],
  probe: async (wanted, { ports }) => {
    const directory = ports.deployFolder.pathOf(wanted.slug, wanted.version);
    const manifest = await ports.deployFolder.findManifest(directory);
    if (manifest === undefined || manifestSha256(manifest) !== wanted.manifestSha256) return notDone;
    const defects = await ports.deployFolder.listDefects(directory, manifest);
    if (defects.length > 0) return notDone;
    return { done: true, output: outputOf(manifest), because: 'the deploy folder holds exactly this build' };
  },
  run: async (wanted, run) => {
    const { prefix } = wanted;
    const { deployFolder } = run.ports;
    const directory = deployFolder.pathOf(wanted.slug, wanted.version);
    if (prefix === null) throw changed(directory);
    const manifest = await readKeptManifest({ ...wanted, prefix }, run.ports.objectStore);
    const incoming = await deployFolder.prepareIncoming(directory, manifest, run.signal);
    const present = new Set(incoming.present);
    const due = manifest.files.filter(({ name }) => !present.has(name));
    await fetchFiles({ prefix, directory: incoming.directory, due }, run);
    await stage({ directory, incoming: incoming.directory, manifest }, run);
    run.log(
      `${due.length} of ${manifest.files.length} files fetched from ${prefix}, ${present.size} were here already`,
    );
    return outputOf(manifest);
  },
});

/** @throws integrity `artifacts.changed` when it is not the manifest that was planned */
async function readKeptManifest(
  wanted: AdoptInput & { readonly prefix: string },
  store: ObjectStore,
): Promise<ReleaseManifest> {
  const key = `${wanted.prefix}/${MANIFEST_NAME}`;
  const text = (await store.readText(key))?.text;
  if (text === undefined) throw gone(`${key} is gone`);
  const manifest = parseReleaseManifest(parseJson(text, key), key);
  if (manifestSha256(manifest) === wanted.manifestSha256) return manifest;
  throw gone(`${wanted.prefix} holds another build than the one this run adopts`);
}

function parseJson(text: string, key: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw gone(`${key} holds no JSON`);
    throw error;
  }
}

async function fetchFiles(
  wanted: { readonly prefix: string; readonly directory: string; readonly due: readonly Artifact[] },
  { ports, signal, progress }: StepRun<'objectStore' | 'deployFolder'>,
): Promise<void> {
  const total = wanted.due.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let fetched = 0;
  const largestFirst = wanted.due.toSorted((a, b) => b.sizeBytes - a.sizeBytes);
  await runInParallel(largestFirst, PARALLEL_FILES, async ({ name, sizeBytes, digest }) => {
    signal.throwIfAborted();
    await ports.objectStore.fetchFile({
      key: `${wanted.prefix}/${name}`,
      file: `${wanted.directory}/${name}`,
      sizeBytes,
      sha256: hexOfDigest(digest),
      signal,
    });
    fetched += sizeBytes;
    progress(fetched, total, 'bytes');
  });
}

/** From beside the deploy folder into it; what is staged is digested once more before the manifest vouches for it. */
async function stage(
  wanted: { readonly directory: string; readonly incoming: string; readonly manifest: ReleaseManifest },
  { ports, signal }: { readonly ports: AdoptPorts; readonly signal: AbortSignal },
): Promise<void> {
  const { directory, incoming, manifest } = wanted;
  const files = manifest.files.map(({ name }) => ({
    kind: 'file' as const,
    name,
    source: `${incoming}/${name}`,
  }));
  const staged = await ports.deployFolder.stage(directory, files, signal);
  const digests = new Map(staged.map(({ name, sha256 }) => [name, sha256]));
  const problems = manifest.files.flatMap(({ name, digest }) => {
    const found = digests.get(name);
    return found === hexOfDigest(digest)
      ? []
      : [{ at: name, message: `has sha256 ${found ?? 'none'}, the manifest says ${digest}` }];
  });
  await ports.deployFolder.removeIncoming(directory);
  if (problems.length > 0) {
    throw integrityBroken('artifacts.damaged', `what was fetched for ${directory} is not what was kept`, {
      hint: 'run it again: osrel resume; or build: set artifacts.adopt: false in osrel.yml and plan again',
      problems,
    });
  }
  await ports.deployFolder.writeManifest(directory, manifest);
}

function changed(directory: string): OsrelError {
  return integrityBroken('artifacts.changed', `${directory} no longer holds the build that this run adopts`, {
    hint: 'make a new plan: osrel release, which fetches it or builds again',
  });
}

function gone(message: string): OsrelError {
  return integrityBroken('artifacts.changed', message, {
    hint: 'make a new plan: osrel release, which builds again what is kept no more',
  });
}

function outputOf(manifest: ReleaseManifest): z.infer<typeof output> {
  const sizeBytes = manifest.files.reduce((sum, file) => sum + file.sizeBytes, 0);
  return { manifestSha256: manifestSha256(manifest), files: manifest.files.length, sizeBytes };
}
