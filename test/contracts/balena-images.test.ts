import { OsrelError } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { copyRequest, draftRequest, likeEngine, setBalenaStage } from './balena-stage.ts';
import { dockerArchive } from './docker-archive.ts';

const twoServices = { version: '2.4', services: { hostapp: {}, tools: {} } };

describe('images of a balena release', () => {
  const pushOf = async (releaseId: number, content: string) => {
    const { archive, archiveSha256 } = await dockerArchive({ layers: [[{ name: 'a', content }]] });
    return { releaseId, service: 'hostapp', archive, archiveSha256, labels: { a: '1' } };
  };

  it('are copied for the platform that is asked for, and carry no archive digest', async () => {
    const { osrel, registry, rows } = await setBalenaStage();
    const { hostappReleases } = osrel();
    const { id } = await hostappReleases.createDraft(draftRequest({ composition: twoServices }));
    const image = await hostappReleases.copyImage(copyRequest(id));
    expect(image).toMatchObject({ service: 'tools', archiveSha256: null });
    expect(registry.arrived).toMatchObject([{ digest: image.contentHash, tag: 'latest' }]);
    expect(await hostappReleases.copyImage(copyRequest(id))).toEqual(image);
    expect(registry.arrived).toHaveLength(1);
    expect((await hostappReleases.find(id))?.images).toEqual([image]);
    expect(rows('image_label')).toMatchObject([{ label_name: 'io.balena.image.class', value: 'overlay' }]);
  });

  it('go where the image row says, with the repositories of earlier images to mount from', async () => {
    const { osrel, registry, rows } = await setBalenaStage();
    const { hostappReleases } = osrel();
    for (const mark of ['one', 'two']) {
      const { id } = await hostappReleases.createDraft(draftRequest({ mark }));
      await hostappReleases.pushImage(await pushOf(id, mark));
    }
    const repositories = rows('image').map(({ is_stored_at__image_location: location }) =>
      String(location).replace('registry2.example.test/', ''),
    );
    expect(registry.arrived.map(({ repository }) => repository)).toEqual(repositories);
    expect(registry.arrived.map(({ mountFrom }) => mountFrom)).toEqual([[], [repositories[0]]]);
    expect(registry.arrived.map(({ tag }) => tag)).toEqual(['latest', 'latest']);
    expect(rows('service')).toHaveLength(1);
  });

  it('that are complete are not pushed again, also by another run', async () => {
    const { osrel, registry, server } = await setBalenaStage();
    const { id } = await osrel().hostappReleases.createDraft(draftRequest());
    const push = await pushOf(id, 'x');
    const image = await osrel().hostappReleases.pushImage(push);
    const before = server.requests.length;
    expect(await osrel().hostappReleases.pushImage(push)).toEqual(image);
    expect(server.requests.slice(before).map(({ method }) => method)).toEqual(['GET', 'GET']);
    expect(registry.arrived).toHaveLength(1);
  });

  it('of a second build replace those of the first in the same row, note and labels included', async () => {
    const { osrel, rows } = await setBalenaStage();
    const { hostappReleases } = osrel();
    const first = await pushOf(0, 'first');
    const { id } = await hostappReleases.createDraft(
      draftRequest({ archives: { hostapp: first.archiveSha256 } }),
    );
    await hostappReleases.pushImage({ ...first, releaseId: id });
    const second = { ...(await pushOf(id, 'second')), labels: { a: '2' } };
    expect(await hostappReleases.pushImage(second)).toMatchObject({ archiveSha256: second.archiveSha256 });
    expect((await hostappReleases.find(id))?.images).toMatchObject([{ archiveSha256: second.archiveSha256 }]);
    expect(rows('image')).toHaveLength(1);
    expect(rows('image_label')).toMatchObject([{ value: '2' }]);
  });

  it.each([0, 2])(
    'of several services of a second build are all noted when pushed at once, %i reads behind',
    async (reads) => {
      const { osrel, server } = await setBalenaStage();
      const { hostappReleases } = osrel();
      const services = ['hostapp', 'tools', 'extra'];
      const { id } = await hostappReleases.createDraft(
        draftRequest({
          archives: Object.fromEntries(services.map((service) => [service, 'f'.repeat(64)])),
          composition: { services: Object.fromEntries(services.map((service) => [service, {}])) },
        }),
      );
      server.world.lag(reads);
      const images = await Promise.all(
        services.map(async (service) =>
          hostappReleases.pushImage({ ...(await pushOf(id, `second ${service}`)), service }),
        ),
      );
      const found = (await osrel().hostappReleases.find(id))?.images ?? [];
      expect(found.toSorted((a, b) => (a.service < b.service ? -1 : 1))).toEqual(
        images.toSorted((a, b) => (a.service < b.service ? -1 : 1)),
      );
    },
  );

  it('of a final release stay as they are', async () => {
    const { osrel, registry } = await setBalenaStage();
    const { hostappReleases } = osrel();
    const { id } = await hostappReleases.createDraft(draftRequest());
    const push = await pushOf(id, 'x');
    const image = await hostappReleases.pushImage(push);
    await hostappReleases.update(id, { status: 'success' });
    await hostappReleases.finalize(id);
    expect(await hostappReleases.pushImage(push)).toEqual(image);
    const other = hostappReleases.pushImage(await pushOf(id, 'other'));
    await expect(other).rejects.toMatchObject({ kind: 'conflict', code: 'release.final' });
    expect(registry.arrived).toHaveLength(1);
  });

  it('of a service that the composition lacks are refused with the services it has', async () => {
    const { osrel } = await setBalenaStage();
    const { hostappReleases } = osrel();
    const { id } = await hostappReleases.createDraft(draftRequest());
    await expect(hostappReleases.copyImage(copyRequest(id))).rejects.toMatchObject({
      code: 'release.service-unknown',
      hint: expect.stringContaining('hostapp'),
    });
  });

  it('are one when two osrels push them at the same time', async () => {
    const { osrel, rows } = await setBalenaStage();
    const { id } = await osrel().hostappReleases.createDraft(draftRequest());
    const push = await pushOf(id, 'x');
    const images = await Promise.all(
      [1, 2, 3].map(() => likeEngine(() => osrel().hostappReleases.pushImage(push))),
    );
    expect(new Set(images.map(({ contentHash }) => contentHash)).size).toBe(1);
    expect((await osrel().hostappReleases.find(id))?.images).toEqual([images[0]]);
    expect(rows('image__is_part_of__release')).toHaveLength(1);
    expect(rows('image')).toHaveLength(1);
  });

  it('count only once the row has their content, and are continued in it', async () => {
    const { osrel, registry, rows } = await setBalenaStage();
    const { hostappReleases } = osrel();
    const { id } = await hostappReleases.createDraft(draftRequest());
    const push = await pushOf(id, 'x');
    registry.onArrival = () => Promise.reject(new OsrelError('upstream', 'registry.cut', 'cut'));
    await expect(hostappReleases.pushImage(push)).rejects.toMatchObject({ code: 'registry.cut' });
    expect((await hostappReleases.find(id))?.images).toEqual([]);
    registry.onArrival = undefined;
    await osrel().hostappReleases.pushImage(push);
    expect(rows('image')).toHaveLength(1);
    expect(registry.arrived[0]?.repository).toBe(registry.arrived[1]?.repository);
  });

  it('tell how many bytes there are, those that were there already included', async () => {
    const { osrel } = await setBalenaStage();
    const { hostappReleases } = osrel();
    const { id } = await hostappReleases.createDraft(draftRequest());
    const push = await pushOf(id, 'x');
    const sent: number[] = [];
    const { sizeBytes } = await hostappReleases.pushImage({ ...push, onSent: (bytes) => sent.push(bytes) });
    await hostappReleases.pushImage({ ...push, onSent: (bytes) => sent.push(bytes) });
    expect(sent).toEqual([sizeBytes, sizeBytes]);
  });
});
