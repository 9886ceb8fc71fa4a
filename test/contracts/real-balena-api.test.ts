import { randomBytes } from 'node:crypto';
import { OsrelError } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { dockerArchive } from './docker-archive.ts';
import { describeHostappApplications } from './hostapp-applications.ts';
import { describeHostappReleases } from './hostapp-releases.ts';
import {
  HAS_REAL_BALENA_API,
  listImageReferences,
  makeRealApplication,
  ORGANIZATION,
  pullImages,
  realApplication,
  realBalenaWorld,
} from './real-balena-api.ts';
import { describeReleaseAssets } from './release-assets.ts';
import { fileWith } from './temporary-folder.ts';

const NAME = 'a balena API that was not written here';
const MEBIBYTE = 1024 * 1024;

// Set OSREL_TEST_BALENA_API and _TOKEN, and _REGISTRY and _ORGANIZATION where they differ from the cloud and "admin".
describe.skipIf(!HAS_REAL_BALENA_API)('with OSREL_TEST_BALENA_API', () => {
  describeHostappApplications(NAME, async () => ({
    applications: (await realBalenaWorld()).hostappApplications,
    organization: ORGANIZATION,
    makeApplication: makeRealApplication,
  }));
  describeHostappReleases(NAME, realApplication);
  describeReleaseAssets(NAME, realApplication);

  const draftOf = (application: string, archives: Readonly<Record<string, string>> = {}) => ({
    application,
    version: '6.5.1',
    mark: 'mark',
    sourceSha: 'b'.repeat(40),
    archives,
    contract: {},
    composition: { version: '2.4', services: { hostapp: {} } },
  });
  const start = async () => {
    const { releases, assets, application } = await realApplication();
    const { id: releaseId } = await releases.createDraft(draftOf(application));
    const attach = async (key: string, content: string | Uint8Array) => {
      const file = await fileWith(content);
      await assets.attach({ ...file, releaseId, key, mediaType: 'application/octet-stream' });
      return { sizeBytes: file.sizeBytes, sha256: file.sha256 };
    };
    return { releases, assets, releaseId, attach };
  };

  it('holds a file that goes up in several parts', async () => {
    const { assets, releaseId, attach } = await start();
    const sent = await attach('compressed/part-0.deflate', randomBytes(40 * MEBIBYTE + 1));
    expect(await assets.readDigest(releaseId, 'compressed/part-0.deflate')).toEqual(sent);
  });

  it('holds files of awkward names', async () => {
    const { assets, releaseId, attach } = await start();
    const keys = [
      "it's/a #1 + 100%.bin",
      'é/ü 日本.txt',
      `${'long'.repeat(60)}.bin`,
      'a&b=c?d;e,f',
      '"quoted"',
    ];
    for (const key of keys) {
      const sent = await attach(key, `content of ${key}`);
      expect(await assets.readDigest(releaseId, key), key).toEqual(sent);
    }
    expect((await assets.list(releaseId)).map(({ key }) => key).sort()).toEqual(keys.toSorted());
  });

  it('holds an empty file, or says why the server does not take it', async () => {
    const { assets, releaseId, attach } = await start();
    const refusal = await attach('README', '').then(
      () => undefined,
      (error: unknown) => error,
    );
    const held = await assets.readDigest(releaseId, 'README');
    if (refusal === undefined) expect(held).toMatchObject({ sizeBytes: 0 });
    else expect(refusal instanceof OsrelError && refusal.code).toBe('release.asset-empty');
  });

  it('makes one draft of two that are made at once, by two runs', async () => {
    const { releases, application } = await realApplication();
    const other = (await realBalenaWorld()).hostappReleases;
    const drafts = await Promise.all([releases, other].map((each) => each.createDraft(draftOf(application))));
    expect(drafts[1]).toEqual(drafts[0]);
    expect(await releases.list(application)).toEqual([drafts[0]]);
  });

  const pushHostapp = async () => {
    const { releases, application } = await realApplication();
    const layers = [
      [{ name: 'etc/os-release', content: 'ID=x\n' }],
      [{ name: 'big', content: randomBytes(3 * MEBIBYTE) }],
    ];
    const { archive, archiveSha256, configSha256 } = await dockerArchive({ layers });
    const { id: releaseId } = await releases.createDraft(draftOf(application, { hostapp: archiveSha256 }));
    await releases.pushImage({ releaseId, service: 'hostapp', archive, archiveSha256, labels: {} });
    return { releaseId, configDigest: `sha256:${configSha256}` };
  };

  it('gives devices the very image that was built', async () => {
    const { releaseId, configDigest } = await pushHostapp();
    expect(await pullImages(releaseId)).toEqual([configDigest]);
  });

  it('copies an image that anybody may read', async () => {
    const pushed = await pushHostapp();
    const [reference = ''] = await listImageReferences(pushed.releaseId);
    const { releases, application } = await realApplication();
    const { id: releaseId } = await releases.createDraft(draftOf(application));
    const platform = { architecture: 'arm64' };
    await releases.copyImage({
      releaseId,
      service: 'hostapp',
      reference,
      platform,
      labels: { 'io.balena.image.store': 'data' },
    });
    expect(await pullImages(releaseId)).toEqual([pushed.configDigest]);
  });
});
