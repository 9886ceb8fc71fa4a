import type { DraftRequest, HostappReleases } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { dockerArchive } from './docker-archive.ts';

export interface ReleasesUnderTest {
  readonly releases: HostappReleases;
  /** An existing application without releases. */
  readonly application: string;
}

const SOURCE = 'a'.repeat(40);

/** What every backend's hostapp releases must do: the server's rules of balena-workflow 7.3 and balena-automation 4.5. */
export function describeHostappReleases(name: string, make: () => Promise<ReleasesUnderTest>): void {
  const draftOf = (application: string, change: Partial<DraftRequest> = {}): DraftRequest => ({
    application,
    version: '6.5.1',
    mark: 'mark-1',
    sourceSha: SOURCE,
    archives: {},
    contract: { type: 'sw.os', slug: 'balena-os', version: '6.5.1' },
    composition: { version: '2.4', services: { hostapp: {}, tools: {} } },
    ...change,
  });
  const start = async (change: Partial<DraftRequest> = {}) => {
    const { releases, application } = await make();
    const draft = await releases.createDraft(draftOf(application, change));
    const finalize = async (releaseId: number) => {
      await releases.update(releaseId, { status: 'success' });
      return releases.finalize(releaseId);
    };
    const finalizeNew = async (version: string) =>
      finalize((await releases.createDraft(draftOf(application, { version, mark: `of ${version}` }))).id);
    return { releases, application, draft, finalize, finalizeNew };
  };

  describe(`${name} as hostapp releases`, () => {
    it('lists nothing for an application without releases', async () => {
      const { releases, application } = await make();
      expect(await releases.list(application)).toEqual([]);
    });

    it('makes a draft that carries its mark and source and is found again', async () => {
      const { releases, application, draft } = await start();
      expect(draft).toMatchObject({
        application,
        version: '6.5.1',
        isFinal: false,
        revision: null,
        mark: 'mark-1',
        sourceSha: SOURCE,
      });
      expect(draft.commit).toMatch(/^[0-9a-f]{32}$/);
      expect(draft.rawVersion).toMatch(/^6\.5\.1-[0-9]{13}$/);
      expect(await releases.find(draft.id)).toEqual(draft);
      expect(await releases.list(application)).toEqual([draft]);
    });

    it('answers its own draft when asked for it again, and no other one', async () => {
      const { releases, application, draft } = await start();
      const again = await Promise.all([1, 2].map(() => releases.createDraft(draftOf(application))));
      expect(again).toEqual([draft, draft]);
      expect(await releases.list(application)).toEqual([draft]);
    });

    it('makes a new draft for a mark whose release was withdrawn', async () => {
      const { releases, application, draft } = await start();
      await releases.invalidate(draft.id, 'a broken build');
      const second = await releases.createDraft(draftOf(application));
      expect(second.id).toBeGreaterThan(draft.id);
      expect(await releases.createDraft(draftOf(application))).toEqual(second);
    });

    it('lets several drafts of one version stand side by side', async () => {
      const { releases, application, draft } = await start();
      const second = await releases.createDraft(draftOf(application, { mark: 'mark-2' }));
      expect(second.id).toBeGreaterThan(draft.id);
      expect(second.commit).not.toBe(draft.commit);
      expect((await releases.list(application)).map(({ mark }) => mark)).toEqual(['mark-1', 'mark-2']);
    });

    it('answers undefined for an id that was never given', async () => {
      const { releases } = await make();
      expect(await releases.find(2_000_000_000)).toBeUndefined();
    });

    it('sets status and tags, and keeps the other tags', async () => {
      const { releases, draft } = await start();
      await releases.update(draft.id, { status: 'success', tags: { version: '6.5.1' } });
      await releases.update(draft.id, { tags: { 'meta-balena-base': '6.5.1' } });
      const found = await releases.find(draft.id);
      expect(found).toMatchObject({
        status: 'success',
        tags: { version: '6.5.1', 'meta-balena-base': '6.5.1' },
      });
    });

    it('finalizes once and answers the same release when asked again', async () => {
      const { draft, finalize } = await start();
      const final = await finalize(draft.id);
      expect(final).toMatchObject({ isFinal: true, revision: 0, rawVersion: '6.5.1', commit: draft.commit });
      expect(await finalize(draft.id)).toEqual(final);
    });

    it.each(['running', 'failed'] as const)('refuses to finalize a draft that is %s', async (status) => {
      const { releases, draft } = await start();
      await releases.update(draft.id, { status });
      await expect(releases.finalize(draft.id)).rejects.toMatchObject({
        kind: 'refused',
        code: 'release.not-complete',
      });
      expect(await releases.find(draft.id)).toMatchObject({ isFinal: false, revision: null });
    });

    it('refuses to finalize a draft that was withdrawn', async () => {
      const { releases, draft, finalize } = await start();
      await releases.invalidate(draft.id, 'a broken build');
      await expect(finalize(draft.id)).rejects.toMatchObject({
        kind: 'refused',
        code: 'release.invalidated',
      });
    });

    it('gives a plain version that is final already the next revision', async () => {
      const { draft, finalizeNew, finalize } = await start();
      await finalize(draft.id);
      expect(await finalizeNew('6.5.1')).toMatchObject({ revision: 1, rawVersion: '6.5.1+rev1' });
    });

    it('refuses a revision with a hole below it and leaves the draft a draft', async () => {
      const { releases, draft, finalize } = await start({ version: '6.5.1+rev2' });
      expect(draft.rawVersion).toMatch(/^6\.5\.1-[0-9]{13}\+rev2$/);
      await expect(finalize(draft.id)).rejects.toMatchObject({
        kind: 'conflict',
        code: 'release.revision',
      });
      expect(await releases.find(draft.id)).toMatchObject({ isFinal: false, revision: null });
    });

    it('finalizes revisions that come in order', async () => {
      const { draft, finalizeNew, finalize } = await start();
      await finalize(draft.id);
      expect(await finalizeNew('6.5.1+rev1')).toMatchObject({ revision: 1, rawVersion: '6.5.1+rev1' });
      expect(await finalizeNew('6.5.2')).toMatchObject({ revision: 0, rawVersion: '6.5.2' });
    });

    it('gives no revision twice when several drafts are finalized at once', async () => {
      const { releases, application, finalize } = await start();
      for (const mark of ['a', 'b', 'c']) await releases.createDraft(draftOf(application, { mark }));
      const all = await releases.list(application);
      const finals = await Promise.all(all.map(({ id }) => finalize(id)));
      expect(finals.map(({ revision }) => revision).sort()).toEqual([0, 1, 2, 3]);
    });

    it('takes a release out of every offer, keeps its first reason and its files', async () => {
      const { releases, draft, finalize } = await start();
      await finalize(draft.id);
      await releases.invalidate(draft.id, 'bricks boards of revision 2');
      await releases.invalidate(draft.id, 'another reason');
      expect(await releases.find(draft.id)).toMatchObject({
        isInvalidated: true,
        isFinal: true,
        tags: { 'osrel-withdrawn': 'bricks boards of revision 2' },
      });
    });

    it('takes the image of a service and shows it on the release', async () => {
      const { releases, draft } = await start();
      const { archive, archiveSha256, bytes } = await dockerArchive({
        layers: [[{ name: 'etc/os-release', content: 'ID=x\n' }]],
      });
      const push = {
        releaseId: draft.id,
        service: 'hostapp',
        archive,
        archiveSha256,
        labels: { 'io.balena.image.class': 'hostapp' },
      };
      const image = await releases.pushImage(push);
      expect(image).toMatchObject({ service: 'hostapp', archiveSha256, sizeBytes: bytes.length });
      expect(image.contentHash).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(await releases.pushImage(push)).toEqual(image);
      expect((await releases.find(draft.id))?.images).toEqual([image]);
    });

    it('refuses an archive that is not what was announced', async () => {
      const { releases, draft } = await start();
      const { archive } = await dockerArchive({ layers: [[]] });
      const push = {
        releaseId: draft.id,
        service: 'hostapp',
        archive,
        archiveSha256: '0'.repeat(64),
        labels: {},
      };
      await expect(releases.pushImage(push)).rejects.toMatchObject({ kind: 'integrity' });
      expect((await releases.find(draft.id))?.images).toEqual([]);
    });
  });
}
