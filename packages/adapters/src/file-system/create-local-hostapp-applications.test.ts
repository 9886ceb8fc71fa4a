import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLocalWorld } from './create-local-world.ts';
import { createSystemClock } from './create-system-clock.ts';
import { testFolder } from './test-folder.ts';

const SLUG = 'balena_os/raspberrypi4-64';

async function start() {
  const root = await testFolder();
  const { hostappApplications, hostappReleases } = createLocalWorld({ root, clock: createSystemClock() });
  return { hostappApplications, hostappReleases, folder: join(root, '.osrel/world') };
}

const wish = (change: object = {}) => ({ slug: SLUG, deviceType: 'raspberrypi4-64', tags: {}, ...change });

describe('hostapp applications on a directory', () => {
  it('lie in application.json and tags.json', async () => {
    const { hostappApplications, folder } = await start();
    await hostappApplications.ensure(wish({ tags: { 'release-policy': 'esr' } }));
    const read = async (name: string) =>
      JSON.parse(await readFile(join(folder, 'applications', SLUG, name), 'utf8'));
    expect(await read('application.json')).toMatchObject({
      slug: SLUG,
      deviceType: 'raspberrypi4-64',
      isHost: true,
    });
    expect(await read('tags.json')).toEqual({ 'release-policy': 'esr' });
  });

  it('are not given to another device type', async () => {
    const { hostappApplications } = await start();
    await hostappApplications.ensure(wish());
    const other = hostappApplications.ensure(wish({ deviceType: 'generic-amd64' }));
    await expect(other).rejects.toMatchObject({ code: 'application.device-type' });
  });

  it('keep a tag that differs from the wish, and say so', async () => {
    const { hostappApplications } = await start();
    await hostappApplications.ensure(wish({ tags: { 'release-policy': 'esr' } }));
    const other = hostappApplications.ensure(wish({ tags: { 'release-policy': 'lts' } }));
    await expect(other).rejects.toMatchObject({ code: 'application.tag-moved' });
    expect((await hostappApplications.find(SLUG))?.tags).toEqual({ 'release-policy': 'esr' });
  });

  it.each([
    ['', 'x'],
    ['a b', 'x'],
    ['k'.repeat(101), 'x'],
    ['k', 'x'.repeat(1001)],
  ])('refuse the tag %j as the server does', async (key, value) => {
    const { hostappApplications } = await start();
    await hostappApplications.ensure(wish());
    const write = hostappApplications.writeTag(SLUG, { key, value, expected: null });
    await expect(write).rejects.toMatchObject({ code: 'application.tag-rejected' });
  });

  it('do not take a member of every object for a tag', async () => {
    const { hostappApplications } = await start();
    await hostappApplications.ensure(wish());
    await hostappApplications.writeTag(SLUG, { key: 'constructor', value: 'x', expected: null });
    expect((await hostappApplications.find(SLUG))?.tags).toEqual({ constructor: 'x' });
  });

  it('know a private device type from the world', async () => {
    const { hostappApplications, folder } = await start();
    await mkdir(join(folder, 'device-types'), { recursive: true });
    await writeFile(join(folder, 'device-types', 'secret-board.json'), '{"privacy":"private"}');
    expect(await hostappApplications.findDeviceTypePrivacy('secret-board')).toBe('private');
    expect(await hostappApplications.findDeviceTypePrivacy('../applications')).toBeUndefined();
  });

  it('must exist before a release of them', async () => {
    const { hostappReleases } = await start();
    const draft = {
      application: SLUG,
      version: '6.5.1',
      mark: 'm',
      sourceSha: '',
      archives: {},
      contract: {},
      composition: {},
    };
    await expect(hostappReleases.createDraft(draft)).rejects.toMatchObject({ code: 'application.unknown' });
  });
});
