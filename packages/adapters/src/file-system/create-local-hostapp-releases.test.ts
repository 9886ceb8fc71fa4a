import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLocalWorld } from './create-local-world.ts';
import { testFolder } from './test-folder.ts';

const APPLICATION = 'balena_os/raspberrypi4-64';
const AT = '2026-11-21T04:00:00.123Z';

async function start() {
  const root = await testFolder();
  const clock = { now: () => AT, sleep: async () => {} };
  const { hostappApplications, hostappReleases } = createLocalWorld({ root, clock });
  await hostappApplications.ensure({ slug: APPLICATION, deviceType: 'raspberrypi4-64', tags: {} });
  const draft = (version: string) =>
    hostappReleases.createDraft({
      application: APPLICATION,
      version,
      mark: `mark of ${version}`,
      sourceSha: '',
      archives: {},
      contract: { slug: 'balena-os' },
      composition: { services: { hostapp: {} } },
    });
  const finalizeNew = async (version: string) => {
    const { id } = await draft(version);
    await hostappReleases.update(id, { status: 'success' });
    return hostappReleases.finalize(id);
  };
  return {
    hostappReleases,
    draft,
    finalizeNew,
    folder: join(root, '.osrel/world/applications', APPLICATION, 'releases'),
  };
}

describe('hostapp releases on a directory', () => {
  it('lie in one folder each, named by the id, with what was asked for', async () => {
    const { draft, folder } = await start();
    await draft('6.5.1');
    expect(await readdir(folder)).toEqual(['1']);
    expect((await readdir(join(folder, '1'))).sort()).toEqual([
      'composition.json',
      'contract.json',
      'release.json',
    ]);
    expect(JSON.parse(await readFile(join(folder, '1', 'contract.json'), 'utf8'))).toEqual({
      slug: 'balena-os',
    });
  });

  it('get a commit that follows from mark and id', async () => {
    const { draft } = await start();
    const expected = createHash('sha256').update('mark of 6.5.1\n1').digest('hex').slice(0, 32);
    expect((await draft('6.5.1')).commit).toBe(expected);
  });

  it.each([
    ['6.5.1', `6.5.1-${Date.parse(AT)}`, '6.5.1'],
    ['6.5.1+build7', `6.5.1-${Date.parse(AT)}+build7`, '6.5.1+build7'],
    ['7.0.0-rc1', `7.0.0-rc1-${Date.parse(AT)}`, '7.0.0-rc1'],
    ['2026.7.0', `2026.7.0-${Date.parse(AT)}`, '2026.7.0'],
  ])('show %s as %s while a draft and as %s when final', async (version, asDraft, asFinal) => {
    const { draft, finalizeNew } = await start();
    expect((await draft(version)).rawVersion).toBe(asDraft);
    expect((await finalizeNew(version)).rawVersion).toBe(asFinal);
  });

  it('count the revisions of a pre-release apart from those of its release', async () => {
    const { finalizeNew } = await start();
    await finalizeNew('7.0.0-rc1');
    expect((await finalizeNew('7.0.0')).revision).toBe(0);
  });

  it('refuse a version that the server cannot read', async () => {
    const { draft, hostappReleases } = await start();
    await expect(draft('6.5')).rejects.toMatchObject({ code: 'version.malformed' });
    expect(await hostappReleases.list(APPLICATION)).toEqual([]);
  });

  it('refuse tags that the server refuses and keep the others untouched', async () => {
    const { draft, hostappReleases } = await start();
    const { id } = await draft('6.5.1');
    const update = hostappReleases.update(id, { status: 'success', tags: { ok: '1', 'not ok': '2' } });
    await expect(update).rejects.toMatchObject({ code: 'release.tag-rejected' });
    expect(await hostappReleases.find(id)).toMatchObject({ status: 'running', tags: {} });
  });

  it('name a release that does not exist', async () => {
    const { hostappReleases } = await start();
    for (const change of [hostappReleases.finalize(9), hostappReleases.update(9, {})]) {
      await expect(change).rejects.toMatchObject({
        code: 'release.missing',
        message: expect.stringContaining('9'),
      });
    }
  });
});
