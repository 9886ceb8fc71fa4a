import { access, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { createLocalWorld, createSystemClock } from '@osrel/adapters';
import { describe, expect, it } from 'vitest';
import { type ArchiveWish, dockerArchive, tarOf } from './docker-archive.ts';
import { sha256Of, temporaryFolder } from './temporary-folder.ts';

const APPLICATION = 'balena_os/raspberrypi4-64';
const LAYERS = [[{ name: 'etc/issue', content: 'one\n' }], [{ name: 'etc/motd', content: 'two\n' }]];

async function start() {
  const root = await temporaryFolder();
  const { hostappReleases, hostappApplications } = createLocalWorld({ root, clock: createSystemClock() });
  await hostappApplications.ensure({ slug: APPLICATION, deviceType: 'raspberrypi4-64', tags: {} });
  const composition = { services: { hostapp: {}, tools: {} } };
  const draft = {
    application: APPLICATION,
    version: '6.5.1',
    mark: 'm',
    sourceSha: '',
    archives: {},
    contract: {},
    composition,
  };
  const { id: releaseId } = await hostappReleases.createDraft(draft);
  const registry = join(root, '.osrel/world/applications', APPLICATION, 'registry');
  const push = (
    { archive, archiveSha256 }: { archive: string; archiveSha256: string },
    service = 'hostapp',
  ) => hostappReleases.pushImage({ releaseId, service, archive, archiveSha256, labels: { class: service } });
  const readBlob = async (digest: string) =>
    readFile(join(registry, 'blobs/sha256', digest.replace('sha256:', '')));
  return { hostappReleases, releaseId, registry, push, readBlob };
}

/** Pushes a damaged archive and answers the error; checks that the release shows no image. */
async function pushDamaged(wish: ArchiveWish, change: (bytes: Buffer) => Buffer = (bytes) => bytes) {
  const { hostappReleases, releaseId, push } = await start();
  const { archive, bytes } = await dockerArchive(wish);
  const damaged = change(bytes);
  await writeFile(archive, damaged);
  const error = await push({ archive, archiveSha256: sha256Of(damaged) }).catch((thrown) => thrown);
  expect((await hostappReleases.find(releaseId))?.images).toEqual([]);
  expect(error.message).toContain(archive);
  return error;
}

describe('images of the embedded world', () => {
  it('are an OCI layout: index, manifest, config and layers, each under its digest', async () => {
    const { registry, push, readBlob } = await start();
    const made = await dockerArchive({ layers: LAYERS });
    const { contentHash } = await push(made);
    const index = JSON.parse(await readFile(join(registry, 'index.json'), 'utf8'));
    expect(index.manifests).toMatchObject([
      { digest: contentHash, annotations: { 'org.opencontainers.image.ref.name': '1-hostapp' } },
    ]);
    const manifest = JSON.parse((await readBlob(contentHash)).toString());
    expect(manifest.layers.map(({ digest }: { digest: string }) => digest)).toEqual(
      made.layerSha256.map((hex) => `sha256:${hex}`),
    );
    for (const { digest, size } of [manifest.config, ...manifest.layers]) {
      const blob = await readBlob(digest);
      expect([`sha256:${sha256Of(blob)}`, blob.length]).toEqual([digest, size]);
    }
    expect(await readFile(join(registry, 'oci-layout'), 'utf8')).toContain('1.0.0');
  });

  it('keep a layer that two images share once', async () => {
    const { registry, push } = await start();
    await push(await dockerArchive({ layers: LAYERS }));
    const before = (await readdir(join(registry, 'blobs/sha256'))).length;
    await push(await dockerArchive({ layers: LAYERS.slice(0, 1) }), 'tools');
    // One more config and one more manifest, no layer.
    expect((await readdir(join(registry, 'blobs/sha256'))).length).toBe(before + 2);
  });

  it.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ] as const)('check the content of a layer that is packed with %s', async (name, pack) => {
    const { push, readBlob } = await start();
    const { contentHash } = await push(await dockerArchive({ layers: LAYERS, pack }));
    const manifest = JSON.parse((await readBlob(contentHash)).toString());
    expect(manifest.layers[0].mediaType).toBe(`application/vnd.oci.image.layer.v1.tar+${name}`);
  });

  it('follow the links that old archives use for a repeated layer', async () => {
    const { push } = await start();
    const same = LAYERS.slice(0, 1);
    const made = await dockerArchive({
      layers: [...same, ...same],
      edit: (files) =>
        files.map((file) =>
          file.name === '1/layer.tar' ? { name: file.name, linkTo: '../0/layer.tar' } : file,
        ),
    });
    await expect(push(made)).resolves.toMatchObject({ service: 'hostapp' });
  });

  it('refuse a layer that is not what the config promises, naming file, layer and both digests', async () => {
    const other = tarOf([{ name: 'etc/issue', content: 'changed\n' }]);
    const error = await pushDamaged({
      layers: LAYERS,
      edit: (files) =>
        files.map((file) => (file.name === '1/layer.tar' ? { ...file, content: other } : file)),
    });
    expect(error).toMatchObject({ kind: 'integrity', code: 'image.layer-damaged' });
    expect(error.message).toContain('1/layer.tar');
    expect(error.message).toContain(sha256Of(other));
  });

  it('refuse an archive that is cut short anywhere', async () => {
    const { bytes } = await dockerArchive({ layers: LAYERS });
    for (const length of [0, 100, 512, 1300, Math.floor(bytes.length / 2), bytes.length - 1700]) {
      const error = await pushDamaged({ layers: LAYERS }, (whole) => whole.subarray(0, length));
      expect(error).toMatchObject({ kind: 'integrity', code: 'image.archive-damaged' });
    }
  });

  it.each([
    ['no tar', () => [], Buffer.from('not a tar, but longer than one block of it. '.repeat(30))],
    ['no manifest', (name: string) => name !== 'manifest.json'],
    ['a missing layer', (name: string) => name !== '0/layer.tar'],
    ['no config', (name: string) => name === 'manifest.json' || name.includes('layer')],
  ] as const)('refuse an archive with %s', async (_, keep, bytes?: Buffer) => {
    const edit: ArchiveWish['edit'] = (files) => files.filter(({ name }) => keep(name));
    const error = await pushDamaged({ layers: LAYERS, edit }, (whole) => bytes ?? whole);
    expect(error).toMatchObject({ kind: 'integrity', code: 'image.archive-damaged' });
  });

  it.each(['{', '[]', '[{"Config":"c","Layers":[]},{"Config":"c","Layers":[]}]', '[{"Layers":1}]'])(
    'refuse the archive index %j',
    async (content) => {
      const edit: ArchiveWish['edit'] = (files) =>
        files.map((file) => (file.name === 'manifest.json' ? { ...file, content } : file));
      expect(await pushDamaged({ layers: LAYERS, edit })).toMatchObject({ code: 'image.archive-damaged' });
    },
  );

  it('take no new image on a final release, and accept the one that is there', async () => {
    const { hostappReleases, releaseId, push } = await start();
    const made = await dockerArchive({ layers: LAYERS });
    const image = await push(made);
    await hostappReleases.update(releaseId, { status: 'success' });
    await hostappReleases.finalize(releaseId);
    expect(await push(made)).toEqual(image);
    await expect(push(await dockerArchive({ layers: [] }))).rejects.toMatchObject({ code: 'release.final' });
  });

  it('belong to services of the composition only', async () => {
    const { push, registry } = await start();
    const made = await dockerArchive({ layers: LAYERS });
    await expect(push(made, 'unknown')).rejects.toMatchObject({
      code: 'release.service-unknown',
      hint: expect.stringContaining('tools'),
    });
    await expect(push(made, '../x')).rejects.toMatchObject({ code: 'path.unsafe-segment' });
    await expect(access(registry)).rejects.toThrow();
  });
});
