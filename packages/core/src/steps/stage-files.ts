import { z } from 'zod';
import { badConfig } from '../errors/osrel-error.ts';
import { type Artifact, mediaTypeOf } from '../model/artifact.ts';
import { digestOfHex } from '../model/digest.ts';
import { manifestSha256 } from '../model/published-files.ts';
import type { ReleaseManifest } from '../model/release-manifest.ts';
import type { Placement } from '../model/staged-file.ts';
import { listStagedFiles, manifestRoleOf, type PlannedFile } from '../model/staged-files.ts';
import type { StagedArtifact } from '../ports/deploy-folder.ts';
import { builtFileSchema, builtServiceSchema, getBuiltFile } from './build-service.ts';
import { preparedImageSchema } from './prepare-image.ts';
import { defineStepKind, notDone } from './step-kind.ts';

const stageFilesInput = z.strictObject({
  slug: z.string(),
  machine: z.string(),
  version: z.string(),
  esr: z.boolean(),
  source: z.strictObject({
    repository: z.string(),
    sha: z.string(),
    /** Id of the commit's git tree. */
    tree: z.string().optional(),
    dirty: z.boolean(),
    metaBalenaBase: z.string().nullable(),
  }),
  /** Absolute path of the repository root. */
  root: z.string(),
  services: z.array(
    z.strictObject({
      service: z.string(),
      imageClass: z.string(),
      imageOutput: z.string(),
      built: builtServiceSchema.pick({ assetRoot: true, archive: true, assets: true }),
    }),
  ),
  /** Disk images under test: name in the deploy folder, and their name among `imageFiles`. */
  images: z.array(z.strictObject({ name: z.string(), artifact: z.string() })),
  /** Image folders of an `archive` device type; their files are among `imageFiles` as `<artifact>/<path>`. */
  imageFolders: z.array(z.strictObject({ artifact: z.string() })).optional(),
  imageFiles: z.record(z.string(), builtFileSchema),
  prepared: z.array(preparedImageSchema),
  texts: z.array(z.strictObject({ name: z.string(), text: z.string() })),
  hasChangelog: z.boolean(),
  /** Digest of what besides the source decides the bytes, for whoever publishes them instead of building again. */
  builder: z.string().optional(),
});

export type StageFilesInput = z.infer<typeof stageFilesInput>;

const output = z.strictObject({ manifestSha256: z.string(), files: z.number(), sizeBytes: z.number() });

/**
 * Brings everything of one release together in the deploy folder, in the flat layout of balena-workflow 5.6 and 5.7, and
 * writes down what is there: release-manifest.json and SHA256SUMS. Later steps read nothing else.
 */
export const stageFiles = defineStepKind({
  kind: 'stage-files',
  writes: true,
  input: stageFilesInput,
  output,
  ports: ['deployFolder'],
  probe: async (wanted, { ports }) => {
    const directory = ports.deployFolder.pathOf(wanted.slug, wanted.version);
    const manifest = await ports.deployFolder.findManifest(directory);
    if (manifest === undefined || !isOfThisBuild(manifest, wanted)) return notDone;
    const defects = await ports.deployFolder.listDefects(directory, manifest);
    if (defects.length > 0) return notDone;
    return { done: true, output: outputOf(manifest), because: 'the deploy folder holds exactly this build' };
  },
  run: async (wanted, { ports, signal, log }) => {
    const directory = ports.deployFolder.pathOf(wanted.slug, wanted.version);
    const files = plannedFiles(wanted);
    const staged = await ports.deployFolder.stage(
      directory,
      files.map((each) => each.file),
      signal,
    );
    const artifacts = staged.map((each): Artifact => {
      const source = files.find((candidate) => candidate.file.name === each.name);
      if (source === undefined)
        throw badConfig(
          'deploy.unknown-file',
          `the deploy folder reported ${each.name}, which nobody staged`,
        );
      return {
        name: each.name,
        sizeBytes: each.sizeBytes,
        digest: digestOfHex(each.sha256),
        mediaType: mediaTypeOf(each.name),
        role: manifestRoleOf(each.name, source.imageClass),
        ...(source.service === undefined ? {} : { service: source.service }),
      };
    });
    const manifest = manifestOf(wanted, artifacts);
    await ports.deployFolder.writeManifest(directory, manifest);
    for (const line of describeStaging(staged, directory)) log(line);
    return outputOf(manifest);
  },
});

function plannedFiles(wanted: StageFilesInput): readonly PlannedFile[] {
  const images = wanted.images.map(({ name, artifact }) => ({
    name,
    file: getBuiltFile(wanted.imageFiles, artifact),
  }));
  const imageFolders = (wanted.imageFolders ?? []).map(({ artifact }) =>
    getFolder(wanted.imageFiles, artifact),
  );
  return listStagedFiles({ ...wanted, images, imageFolders });
}

/** The files that a build left below an image folder. @throws integrity `build.file-missing` */
function getFolder(imageFiles: StageFilesInput['imageFiles'], artifact: string) {
  const start = `${artifact}/`;
  const paths = Object.keys(imageFiles).filter((name) => name.startsWith(start));
  if (paths.length === 0) getBuiltFile(imageFiles, start);
  const files = paths.sort().map((name) => {
    const { path: source, sha256 } = getBuiltFile(imageFiles, name);
    return { path: name.slice(start.length), source, sha256 };
  });
  return { name: artifact, files };
}

const PLACEMENTS: Readonly<Record<Placement, string>> = {
  linked: 'hard links',
  cloned: 'clones',
  copied: 'copies',
  written: 'written',
};

/** What is in the folder, how it came there, and what was left out of archives. */
function describeStaging(staged: readonly StagedArtifact[], directory: string): readonly string[] {
  const counts = Object.entries(PLACEMENTS).flatMap(([placement, words]) => {
    const count = staged.filter((each) => each.placement === placement).length;
    return count === 0 ? [] : [`${count} ${words}`];
  });
  return [
    `${staged.length} files in ${directory}: ${counts.join(', ')}`,
    ...staged
      .filter(({ droppedLinks }) => droppedLinks > 0)
      .map(({ name, droppedLinks }) => `${name}: left out ${droppedLinks} link(s) into the build container`),
  ];
}

function manifestOf(wanted: StageFilesInput, files: readonly Artifact[]): ReleaseManifest {
  return {
    schemaVersion: 1,
    system: 'balena-os',
    machine: wanted.machine,
    slug: wanted.slug,
    version: wanted.version,
    esr: wanted.esr,
    source: {
      repository: wanted.source.repository,
      sha: wanted.source.sha,
      ...(wanted.source.tree === undefined ? {} : { tree: wanted.source.tree }),
      ...(wanted.source.dirty ? { dirty: true } : {}),
      ...(wanted.source.metaBalenaBase === null ? {} : { metaBalenaBase: wanted.source.metaBalenaBase }),
    },
    files,
    ...(wanted.builder === undefined ? {} : { builder: wanted.builder }),
  };
}

/** Same commit and builder, and the same archives, images and generated texts as this build made. */
function isOfThisBuild(manifest: ReleaseManifest, wanted: StageFilesInput): boolean {
  if (wanted.source.dirty || manifest.source.sha !== wanted.source.sha || manifest.version !== wanted.version)
    return false;
  if (manifest.source.tree !== wanted.source.tree || manifest.builder !== wanted.builder) return false;
  const digests = new Map(manifest.files.map((file) => [file.name, file.digest as string]));
  const planned = plannedFiles(wanted);
  if (planned.length !== manifest.files.length) return false;
  return planned.every(
    ({ file, sha256 }) =>
      digests.has(file.name) && (sha256 === undefined || digests.get(file.name) === `sha256:${sha256}`),
  );
}

function outputOf(manifest: ReleaseManifest): z.infer<typeof output> {
  const sizeBytes = manifest.files.reduce((sum, file) => sum + file.sizeBytes, 0);
  return { manifestSha256: manifestSha256(manifest), files: manifest.files.length, sizeBytes };
}
