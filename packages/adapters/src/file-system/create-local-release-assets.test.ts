import { appendFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLocalWorld } from './create-local-world.ts';
import { createSystemClock } from './create-system-clock.ts';
import { digestFile } from './file-digest.ts';
import { testFolder } from './test-folder.ts';

const APPLICATION = 'balena_os/raspberrypi4-64';

async function start() {
  const root = await testFolder();
  const { releaseAssets, hostappReleases, hostappApplications } = createLocalWorld({
    root,
    clock: createSystemClock(),
  });
  await hostappApplications.ensure({ slug: APPLICATION, deviceType: 'raspberrypi4-64', tags: {} });
  const draft = {
    application: APPLICATION,
    version: '6.5.1',
    mark: 'm',
    sourceSha: '',
    archives: {},
    contract: {},
    composition: {},
  };
  const { id } = await hostappReleases.createDraft(draft);
  const attach = async (key: string, content: string) => {
    const file = join(root, 'file');
    await writeFile(file, content);
    return releaseAssets.attach({
      ...(await digestFile(file)),
      file,
      releaseId: id,
      key,
      mediaType: 'text/plain',
    });
  };
  const content = join(
    root,
    '.osrel/world/applications',
    APPLICATION,
    'releases',
    String(id),
    'assets/content',
  );
  return { releaseAssets, id, attach, content };
}

describe('release assets on a directory', () => {
  it('keep one copy of equal content and drop content that no key names', async () => {
    const { attach, content } = await start();
    const { sha256: old } = await attach('VERSION', 'old');
    await attach('VERSION_HOSTOS', 'old');
    expect(await readdir(content)).toEqual([old]);
    await attach('VERSION', 'new');
    const { sha256: latest } = await attach('VERSION_HOSTOS', 'new');
    expect(await readdir(content)).toEqual([latest]);
  });

  it('tell the digest of the bytes that are there when somebody edits the content', async () => {
    const { attach, content, releaseAssets, id } = await start();
    const { sha256 } = await attach('image.json', '{}');
    const path = join(content, sha256 ?? '');
    await appendFile(path, ' ');
    expect(await releaseAssets.list(id)).toEqual([
      { key: 'image.json', ...(await digestFile(path)), isComplete: true },
    ]);
  });

  it('call an asset whose content is gone incomplete, and take it again', async () => {
    const { attach, content, releaseAssets, id } = await start();
    const attached = await attach('image.json', '{}');
    await rm(content, { recursive: true });
    expect(await releaseAssets.list(id)).toEqual([
      { key: 'image.json', sizeBytes: 0, sha256: null, isComplete: false },
    ]);
    expect(await attach('image.json', '{}')).toEqual(attached);
  });

  it.each(['../x', '', 'a/../b', '.tmp-1-1-ff'])('refuse the key %j', async (key) => {
    const { attach } = await start();
    await expect(attach(key, 'x')).rejects.toMatchObject({ kind: 'usage' });
  });

  it('name a release that does not exist', async () => {
    const { releaseAssets } = await start();
    await expect(releaseAssets.list(77)).rejects.toMatchObject({
      code: 'release.missing',
      message: expect.stringContaining('77'),
    });
  });
});
