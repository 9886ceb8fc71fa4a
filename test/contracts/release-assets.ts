import type { AttachAssetRequest, HostappReleases, ReleaseAssets } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { fileWith, sha256Of } from './temporary-folder.ts';

export interface AssetsUnderTest {
  readonly assets: ReleaseAssets;
  readonly releases: HostappReleases;
  /** An existing application without releases. */
  readonly application: string;
}

/** What every backend's release assets must do (balena-workflow 5.7). */
export function describeReleaseAssets(name: string, make: () => Promise<AssetsUnderTest>): void {
  const start = async () => {
    const { assets, releases, application } = await make();
    const draft = await releases.createDraft({
      application,
      version: '6.5.1',
      mark: 'mark',
      sourceSha: 'b'.repeat(40),
      archives: {},
      contract: {},
      composition: { services: { hostapp: {} } },
    });
    const request = async (key: string, content: string): Promise<AttachAssetRequest> => ({
      ...(await fileWith(content)),
      releaseId: draft.id,
      key,
      mediaType: 'text/plain',
    });
    const attach = async (key: string, content: string) => assets.attach(await request(key, content));
    return { assets, releases, releaseId: draft.id, attach, request };
  };

  describe(`${name} as release assets`, () => {
    it('lists nothing on a new draft', async () => {
      const { assets, releaseId } = await start();
      expect(await assets.list(releaseId)).toEqual([]);
      expect(await assets.readText(releaseId, 'VERSION')).toBeUndefined();
    });

    it('attaches files under path-like keys and gives their text back', async () => {
      const { assets, releaseId, attach } = await start();
      const part = await attach('compressed/part-0.deflate', 'deflated');
      await attach('VERSION', 'v18.2.2\n');
      expect(part).toMatchObject({ key: 'compressed/part-0.deflate', sizeBytes: 8, isComplete: true });
      expect([null, sha256Of('deflated')]).toContain(part.sha256);
      expect((await assets.list(releaseId)).map(({ key }) => key).sort()).toEqual([
        'VERSION',
        'compressed/part-0.deflate',
      ]);
      expect(await assets.readText(releaseId, 'VERSION')).toBe('v18.2.2\n');
    });

    it('reads the content of an asset back as a consumer does (W17, W18)', async () => {
      const { assets, releaseId, attach } = await start();
      await attach('VERSION', 'v18.2.2\n');
      expect(await assets.readDigest(releaseId, 'VERSION')).toEqual({
        sizeBytes: 8,
        sha256: sha256Of('v18.2.2\n'),
      });
      expect(await assets.readDigest(releaseId, 'missing')).toBeUndefined();
    });

    it('replaces an asset of a draft', async () => {
      const { assets, releaseId, attach } = await start();
      await attach('VERSION', 'old');
      const replaced = await attach('VERSION', 'newer');
      expect(replaced.sizeBytes).toBe(5);
      expect(await assets.list(releaseId)).toEqual([replaced]);
      expect(await assets.readText(releaseId, 'VERSION')).toBe('newer');
    });

    it('keeps the content of one key when another key with the same content is replaced', async () => {
      const { assets, releaseId, attach } = await start();
      await attach('VERSION', 'same');
      await attach('VERSION_HOSTOS', 'same');
      await attach('VERSION', 'other');
      expect(await assets.readText(releaseId, 'VERSION_HOSTOS')).toBe('same');
      expect((await assets.list(releaseId)).every(({ isComplete }) => isComplete)).toBe(true);
    });

    it('refuses a file that is not what was announced, and keeps what was there', async () => {
      const { assets, releaseId, attach, request } = await start();
      await attach('image.json', '{}');
      const wrong = { ...(await request('image.json', '{"a":1}')), sha256: sha256Of('other') };
      await expect(assets.attach(wrong)).rejects.toMatchObject({ kind: 'integrity' });
      expect(await assets.readText(releaseId, 'image.json')).toBe('{}');
    });

    it('refuses every change of a final release and accepts what is there already', async () => {
      const { assets, releases, releaseId, attach } = await start();
      const before = await attach('VERSION', 'frozen');
      await releases.update(releaseId, { status: 'success' });
      await releases.finalize(releaseId);
      await expect(attach('VERSION', 'changed')).rejects.toMatchObject({ kind: 'conflict' });
      await expect(attach('NEW', 'new')).rejects.toMatchObject({ kind: 'conflict' });
      expect(await attach('VERSION', 'frozen')).toEqual(before);
      expect(await assets.list(releaseId)).toEqual([before]);
    });

    it('attaches many files at once without losing one', async () => {
      const { assets, releaseId, attach } = await start();
      const keys = Array.from({ length: 8 }, (_, index) => `compressed/part-${index}.deflate`);
      await Promise.all(keys.map((key) => attach(key, `content of ${key}`)));
      expect((await assets.list(releaseId)).map(({ key }) => key).sort()).toEqual(keys);
    });
  });
}
