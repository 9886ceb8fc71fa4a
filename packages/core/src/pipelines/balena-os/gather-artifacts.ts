import { asOsrelError } from '../../errors/osrel-error.ts';
import {
  MANIFEST_NAME,
  manifestSha256,
  type PublishedFile,
  withIndexFiles,
} from '../../model/published-files.ts';
import { parseReleaseManifest, type ReleaseManifest } from '../../model/release-manifest.ts';
import type { PlanRequest } from '../../plan-release-types.ts';
import type { ObjectReader, StoredObject } from '../../ports/object-reader.ts';
import type { Ports } from '../../ports/ports.ts';
import { runInParallel } from '../../steps/run-in-parallel.ts';
import { mayAdopt } from './adoption-rules.ts';
import type { ArtifactFacts, BalenaOsFacts, DeployFolderFacts, KeptBuild } from './facts.ts';
import { keptBuildsFolder } from './kept-builds.ts';

export interface ArtifactQuestion {
  readonly request: Pick<PlanRequest, 'config' | 'trigger'>;
  readonly source: Pick<BalenaOsFacts['source'], 'tree'>;
  readonly slug: string;
  readonly version: string;
  readonly deployFolder: DeployFolderFacts | null;
}

/** Questions about single objects at once. */
const PARALLEL_LOOKS = 16;

type ArtifactPorts = Pick<Ports, 'objectStore' | 'deployFolder'>;

/**
 * What was built of this version before, here or by a pull request that kept it (balena-workflow W11): one listing, and
 * the manifests of builds of this very tree. Files are compared by what the store knows of them; the bytes themselves
 * are checked when they are fetched. Undefined where the event adopts nothing or adoption is switched off.
 */
export async function gatherArtifacts(
  question: ArtifactQuestion,
  ports: ArtifactPorts,
): Promise<ArtifactFacts | undefined> {
  const { request, source, slug, version } = question;
  const { tree } = source;
  if (tree === undefined || !request.config.artifacts.adopt || !mayAdopt(request.trigger)) return undefined;
  const [deployFolderDefects, kept] = await Promise.all([
    listLocalDefects(question, ports),
    listWherePermitted({ slug, version, tree }, ports.objectStore),
  ]);
  return { deployFolderDefects, ...kept };
}

/** Who may release may not be allowed to look here: that only costs the chance to adopt. Every other failure is one. */
async function listWherePermitted(
  ...question: Parameters<typeof listKept>
): Promise<Omit<ArtifactFacts, 'deployFolderDefects'>> {
  try {
    return { kept: await listKept(...question) };
  } catch (error) {
    const refusal = asOsrelError(error);
    if (refusal?.kind !== 'permission') throw error;
    return { kept: [], refusal: refusal.message };
  }
}

async function listLocalDefects(
  { slug, version, source, deployFolder }: ArtifactQuestion,
  ports: ArtifactPorts,
): Promise<readonly string[] | null> {
  if (deployFolder === null || deployFolder.dirty || deployFolder.tree !== source.tree) return null;
  const directory = ports.deployFolder.pathOf(slug, version);
  const manifest = await ports.deployFolder.findManifest(directory);
  if (manifest === undefined) return null;
  const defects = await ports.deployFolder.listDefects(directory, manifest);
  return defects.map(({ name, defect }) => `${name} ${defect}`);
}

async function listKept(
  wanted: { readonly slug: string; readonly version: string; readonly tree: string },
  store: ObjectReader,
): Promise<readonly KeptBuild[]> {
  const folder = keptBuildsFolder(wanted.slug, wanted.version);
  const builds = new Map<string, Map<string, StoredObject>>();
  for (const object of await store.list(folder)) {
    const [tree = '', builder = '', ...name] = object.key.slice(folder.length).split('/');
    if (name.length === 0) continue;
    const prefix = `${folder}${tree}/${builder}`;
    builds.set(prefix, (builds.get(prefix) ?? new Map()).set(object.key, object));
  }
  const places = [...builds].sort(([a], [b]) => (a < b ? -1 : 1));
  return Promise.all(
    places.map(async ([prefix, objects]): Promise<KeptBuild> => {
      const tree = prefix.slice(folder.length).split('/')[0] ?? '';
      if (tree !== wanted.tree) return { prefix, tree, manifest: null, defect: null };
      return { prefix, tree, ...(await readKept({ ...wanted, prefix, objects }, store)) };
    }),
  );
}

interface KeptPlace {
  readonly slug: string;
  readonly version: string;
  readonly tree: string;
  readonly prefix: string;
  /** By key. */
  readonly objects: ReadonlyMap<string, StoredObject>;
}

async function readKept(
  place: KeptPlace,
  store: ObjectReader,
): Promise<Pick<KeptBuild, 'manifest' | 'defect'>> {
  const key = `${place.prefix}/${MANIFEST_NAME}`;
  const found = await store.readText(key);
  if (found === undefined)
    return { manifest: null, defect: 'it has no release manifest: keeping it was cut short' };
  const manifest = parseKept(found.text, key);
  if (typeof manifest === 'string') return { manifest: null, defect: manifest };
  return {
    manifest: {
      sha256: manifestSha256(manifest),
      builder: manifest.builder ?? null,
      sourceSha: manifest.source.sha,
    },
    defect: (await findDefect({ manifest, text: found.text }, place, store)) ?? null,
  };
}

/** The manifest, or what is wrong with it: it only costs the chance to adopt. */
function parseKept(text: string, key: string): ReleaseManifest | string {
  try {
    return parseReleaseManifest(JSON.parse(text), key);
  } catch (error) {
    if (error instanceof SyntaxError || asOsrelError(error)?.code === 'release-manifest.malformed')
      return 'its release manifest cannot be read';
    throw error;
  }
}

async function findDefect(
  { manifest, text }: { readonly manifest: ReleaseManifest; readonly text: string },
  place: KeptPlace,
  store: ObjectReader,
): Promise<string | undefined> {
  const { slug, version, source } = manifest;
  if (slug !== place.slug || version !== place.version || source.tree !== place.tree)
    return 'its release manifest is about another build';
  if (source.dirty === true) return 'it was built from uncommitted changes';
  const files = withIndexFiles(manifest, manifest.files);
  if (files.at(-1)?.sizeBytes !== Buffer.byteLength(text))
    return 'its release manifest is not as osrel writes it';
  const defects: string[] = [];
  await runInParallel(files, PARALLEL_LOOKS, async (file) => {
    const defect = await findObjectDefect(file, place, store);
    if (defect !== undefined) defects.push(`${file.name} ${defect}`);
  });
  return defects.sort()[0];
}

/** By the listing, and by the object itself where that does not tell the digest; nothing is read for it. */
async function findObjectDefect(
  { name, sizeBytes, sha256 }: PublishedFile,
  { prefix, objects }: KeptPlace,
  store: ObjectReader,
): Promise<string | undefined> {
  const key = `${prefix}/${name}`;
  const listed = objects.get(key);
  if (listed === undefined) return 'is missing';
  if (listed.sizeBytes !== sizeBytes) return `has ${listed.sizeBytes} bytes, built were ${sizeBytes}`;
  const found = listed.sha256 ?? (await store.find(key))?.sha256 ?? null;
  return found === null || found === sha256 ? undefined : `has sha256 ${found}, built was ${sha256}`;
}
