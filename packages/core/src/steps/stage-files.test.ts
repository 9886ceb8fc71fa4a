import { describe, expect, it } from 'vitest';
import { type ReleaseManifest, renderReleaseManifest } from '../model/release-manifest.ts';
import type { StagedFile } from '../model/staged-file.ts';
import type { DeployFolder, StagedArtifact } from '../ports/deploy-folder.ts';
import { type StageFilesInput, stageFiles } from './stage-files.ts';

const SHA = 'a'.repeat(64);
const built = (path: string) => ({ path, sizeBytes: 1, sha256: SHA });

function input(changes: Partial<StageFilesInput> = {}): StageFilesInput {
  return {
    slug: 'board',
    machine: 'board',
    version: '1.0.0',
    esr: false,
    source: { repository: 'acme/board', sha: 'b'.repeat(40), dirty: false, metaBalenaBase: null },
    root: '/repo',
    services: [],
    images: [],
    imageFiles: {},
    prepared: [],
    texts: [{ name: 'device-type.json', text: '{}' }],
    hasChangelog: false,
    ...changes,
  };
}

/** A deploy folder that places every file as told and keeps the manifest. */
function world(placed: (file: StagedFile) => Partial<StagedArtifact> = () => ({})) {
  let manifest: ReleaseManifest | undefined;
  const log: string[] = [];
  const deployFolder: DeployFolder = {
    pathOf: (slug, version) => `/deploy/${slug}/${version}`,
    stage: async (_, files) =>
      files.map((file) => ({
        name: file.name,
        sizeBytes: 1,
        sha256: SHA,
        placement: 'linked',
        droppedLinks: 0,
        ...placed(file),
      })),
    prepareIncoming: async (directory) => ({ directory: `${directory}-incoming`, present: [] }),
    removeIncoming: async () => undefined,
    writeManifest: async (_, written) => {
      manifest = written;
    },
    findManifest: async () => manifest,
    listDefects: async () => [],
  };
  const { signal } = new AbortController();
  const run = {
    ports: { deployFolder },
    planId: 'plan',
    signal,
    endNow: signal,
    log: (line: string) => void log.push(line),
    logLines: (text: string) => void log.push(text),
    keepLog: async () => undefined,
    keepFile: async () => undefined,
    keepText: async () => undefined,
    progress: () => undefined,
  };
  return { run, log, manifest: () => manifest };
}

describe('stage-files', () => {
  it('says how the files came into the folder, and how many links were left out', async () => {
    const { run, log } = world((file) =>
      file.name === 'licenses.tar.gz' ? { placement: 'written', droppedLinks: 3 } : { placement: 'cloned' },
    );
    const hostapp = {
      service: 'hostapp',
      imageClass: 'hostapp',
      imageOutput: 'hostapp.docker',
      built: { assetRoot: '/d', archive: built('/d/hostapp.docker'), assets: ['licenses/a/COPYING'] },
    };
    await stageFiles.run(input({ services: [hostapp] }), run);
    expect(log).toEqual([
      '3 files in /deploy/board/1.0.0: 2 clones, 1 written',
      'licenses.tar.gz: left out 3 link(s) into the build container',
    ]);
  });

  it('takes the folder of an archive type from the files of the build', async () => {
    const { run, manifest } = world();
    const imageFiles = {
      'bundle/flash.sh': built('/d/bundle/flash.sh'),
      'bundle/boot/a': built('/d/bundle/boot/a'),
      VERSION: built('/d/VERSION'),
    };
    const wanted = input({ imageFolders: [{ artifact: 'bundle' }], imageFiles, texts: [] });
    await stageFiles.run(wanted, run);
    expect(manifest()?.files.map(({ name, role }) => [name, role])).toEqual([
      ['bundle.zip', 'image-archive'],
      ['image/bundle/boot/a', 'image'],
      ['image/bundle/flash.sh', 'image'],
    ]);
    await expect(
      stageFiles.run(input({ imageFolders: [{ artifact: 'other' }], imageFiles }), run),
    ).rejects.toMatchObject({ code: 'build.file-missing' });
  });

  it('takes the block map beside its image, under its name', async () => {
    const { run, manifest } = world();
    const prepared = {
      variant: 'flasher',
      manifestPath: '/d/image-flasher.json',
      partsDirectory: '/d/compressed-flasher',
      parts: ['part-0.deflate'],
      blockMapPath: '/d/image-flasher.bmap',
      sizeBytes: 1,
      sha256: SHA,
    };
    await stageFiles.run(input({ prepared: [prepared], texts: [] }), run);
    expect(manifest()?.files.map(({ name, role, mediaType }) => [name, role, mediaType])).toContainEqual([
      'image/balena-flasher.img.bmap',
      'block-map',
      'application/xml',
    ]);
  });

  it('writes down tree and builder, and takes a folder of another builder for another build', async () => {
    const { run, manifest } = world();
    const source = { ...input().source, tree: 'e'.repeat(40) };
    const wanted = input({ source, builder: 'f'.repeat(64) });
    await stageFiles.run(wanted, run);
    expect(manifest()).toMatchObject({ builder: 'f'.repeat(64), source: { tree: 'e'.repeat(40) } });
    const none = world();
    await stageFiles.run(input({ source, builder: 'f'.repeat(64), texts: [] }), none.run);
    expect(
      await stageFiles.probe(input({ source, builder: 'f'.repeat(64), texts: [] }), none.run),
    ).toMatchObject({ done: true });
    expect(await stageFiles.probe(input({ source, builder: '0'.repeat(64), texts: [] }), none.run)).toEqual({
      done: false,
    });
  });

  it('finds a folder of this very build done, and writes the same manifest for the same files', async () => {
    const first = world();
    const wanted = input({
      texts: [],
      images: [{ name: 'image/balena.img', artifact: 'x' }],
      imageFiles: { x: built('/d/x') },
    });
    await stageFiles.run(wanted, first.run);
    expect(await stageFiles.probe(wanted, first.run)).toMatchObject({ done: true });
    const second = world();
    await stageFiles.run(wanted, second.run);
    const [a, b] = [first.manifest(), second.manifest()];
    expect(a !== undefined && b !== undefined && renderReleaseManifest(a) === renderReleaseManifest(b)).toBe(
      true,
    );
  });
});
