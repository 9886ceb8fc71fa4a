import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { helperImage, isPinned, pinnedName } from './helper-image.ts';

const HEX = 'a'.repeat(64);
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'osrel-image-'));
  await mkdir(join(root, 'balena-yocto-scripts'));
  await version('1.42.8\n');
});
afterEach(() => rm(root, { recursive: true, force: true }));

const version = (text: string) => writeFile(join(root, 'balena-yocto-scripts/VERSION'), text);
const chosen = (environment: Record<string, string> = {}, image: string | null = null) =>
  helperImage({ root, image, environment });

describe('helperImage', () => {
  it('is that of the checked-out scripts', async () => {
    expect(await chosen()).toBe('ghcr.io/balena-os/balena-yocto-scripts:1.42.8-yocto-build-env');
  });

  it.each(['1.42.8', '1.42.8\r\nmore\n'])('takes the first line of %j', async (text) => {
    await version(text);
    expect(await chosen()).toContain(':1.42.8-yocto-build-env');
  });

  it("obeys the reference's two variables, and not when they are empty", async () => {
    const environment = {
      HELPER_IMAGE_REPO: 'reg.example:5000/x',
      BALENA_YOCTO_SCRIPTS_VERSION: 'build-abc',
    };
    expect(await chosen(environment)).toBe('reg.example:5000/x:build-abc-yocto-build-env');
    expect(await chosen({ HELPER_IMAGE_REPO: '', BALENA_YOCTO_SCRIPTS_VERSION: '' })).toBe(await chosen());
  });

  it('is the configured one before all', async () => {
    expect(await chosen({ HELPER_IMAGE_REPO: 'x' }, 'mine:2')).toBe('mine:2');
  });

  it.each(['-v', '--privileged', 'a b', 'a\nb', ''])('refuses %j', async (image) => {
    await expect(chosen({}, image)).rejects.toMatchObject({ code: 'container.malformed-image' });
  });

  it.each([
    ['missing', () => rm(join(root, 'balena-yocto-scripts'), { recursive: true })],
    ['empty', () => version('\n1.42.8\n')],
  ])('says what to do when the version is %s', async (_, spoil) => {
    await spoil();
    await expect(chosen()).rejects.toMatchObject({
      code: 'container.no-image',
      hint: expect.stringContaining('build.container.image'),
    });
    expect(await chosen({ BALENA_YOCTO_SCRIPTS_VERSION: '2' })).toContain(':2-yocto-build-env');
  });
});

describe('isPinned', () => {
  it.each([
    [`ghcr.io/a/b@sha256:${HEX}`, true],
    [`sha256:${HEX}`, true],
    ['ghcr.io/a/b:1', false],
    ['a:sha256', false],
    ['a@sha256:abc', false],
  ])('knows of %s: %s', (reference, pinned) => {
    expect(isPinned(reference)).toBe(pinned);
  });
});

describe('pinnedName', () => {
  const id = `sha256:${HEX}`;
  it('takes the digest of the same repository, whatever its port and tag', () => {
    const digests = [`other/b@${id}`, `reg:5000/a/b@${id}`];
    expect(pinnedName('reg:5000/a/b:1', { id, digests })).toBe(digests[1]);
  });

  it('takes the id when no digest is of that repository', () => {
    expect(pinnedName('mine', { id, digests: [`other@${id}`] })).toBe(id);
  });
});
