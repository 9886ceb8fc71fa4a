import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type OsBuildRequest, PLAIN_BUILD } from '@osrel/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collectOutput } from './collect-output.ts';

let assetRoot = '';

beforeEach(async () => {
  assetRoot = await realpath(await mkdtemp(join(tmpdir(), 'osrel-output-')));
  await put('images/board/hostapp.docker', '');
  await archive({ 'io.balena.image.class': 'hostapp' });
});

afterEach(() => rm(assetRoot, { recursive: true, force: true }));

const images = (name: string): string => join(assetRoot, 'images/board', name);
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

async function put(name: string, content: string): Promise<void> {
  await mkdir(dirname(join(assetRoot, name)), { recursive: true });
  await writeFile(join(assetRoot, name), content);
}

async function archive(labels: Readonly<Record<string, string>>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'osrel-output-'));
  await writeFile(join(folder, 'config.json'), JSON.stringify({ config: { Labels: labels } }));
  await writeFile(join(folder, 'manifest.json'), JSON.stringify([{ Config: 'config.json' }]));
  execFileSync('tar', ['-cf', images('hostapp.docker'), 'config.json', 'manifest.json'], { cwd: folder });
  await rm(folder, { recursive: true });
}

function collect(
  changes: Partial<OsBuildRequest> = {},
  more: { begunNs?: bigint; imagesDirectory?: string } = {},
) {
  const build: OsBuildRequest = {
    machine: 'board',
    slug: 'board',
    deviceTypeBaseName: 'board',
    service: 'hostapp',
    image: 'balena-image',
    settings: PLAIN_BUILD,
    imageOutput: 'hostapp.docker',
    expectedLabels: {},
    expectedFiles: [],
    expectedFolders: [],
    assets: [],
    sourceSha: null,
    ...changes,
  };
  const { signal } = new AbortController();
  return collectOutput({ build, assetRoot, begunNs: 0n, previous: undefined, signal, ...more });
}

const LATER = 2n ** 62n;

describe('the output of a build', () => {
  it('has every expected file with size and sha256, links followed to the file with a time in its name', async () => {
    await put('images/board/disk-20260101.img', 'disk');
    await symlink('disk-20260101.img', images('disk.img'));
    const output = await collect({ expectedFiles: ['disk.img'] });
    expect(output.files['disk.img']).toEqual({
      path: images('disk-20260101.img'),
      sizeBytes: 4,
      sha256: sha256('disk'),
    });
  });

  it('reports everything that is wrong at once', async () => {
    await put('images/board/empty', '');
    await put('images/board/folder/file', 'x');
    await symlink('/etc/hostname', images('outside'));
    await symlink('gone', images('dangling'));
    const expectedFiles = ['missing', 'empty', 'folder', 'outside', 'dangling'];
    await expect(collect({ expectedFiles, expectedFolders: ['bundle'] })).rejects.toMatchObject({
      code: 'build.output-missing',
      kind: 'tool',
      problems: [
        { at: 'images/board/missing', message: 'is missing' },
        { at: 'images/board/empty', message: 'is empty' },
        { at: 'images/board/folder', message: 'is no file' },
        { at: 'images/board/outside', message: expect.stringContaining('outside of the images folder') },
        { at: 'images/board/dangling', message: 'is missing' },
        { at: 'images/board/bundle', message: 'is missing; it must be a folder' },
      ],
    });
  });

  it('says that a compressed image lies in the place of the plain one, and which setting does that', async () => {
    await put('images/board/disk.img.xz', 'x');
    await expect(collect({ expectedFiles: ['disk.img'] })).rejects.toMatchObject({
      problems: [{ message: 'is missing; the build left the compressed disk.img.xz instead' }],
      hint: expect.stringContaining('build.compress-image'),
    });
  });

  it('lists the files of an expected folder by their path in it', async () => {
    await put('images/board/bundle/boot/a.bin', 'a');
    await put('images/board/bundle/.version', '1');
    await symlink('boot/a.bin', images('bundle/link.bin'));
    const { files } = await collect({ expectedFolders: ['bundle'] });
    expect(Object.keys(files)).toEqual(['bundle/.version', 'bundle/boot/a.bin', 'bundle/link.bin']);
    expect(files['bundle/link.bin']).toEqual({
      path: images('bundle/boot/a.bin'),
      sizeBytes: 1,
      sha256: sha256('a'),
    });
  });

  it('refuses a folder that is empty, no folder, older than the build or leads out', async () => {
    await mkdir(images('empty/sub'), { recursive: true });
    await put('images/board/file', 'x');
    await put('images/board/leak/a', 'x');
    await symlink('/etc/hostname', images('leak/b'));
    const messages = async (name: string, begunNs = 0n) =>
      collect({ expectedFolders: [name] }, { begunNs }).catch((error: unknown) => error);
    expect(await messages('empty')).toMatchObject({
      problems: [{ message: 'is a folder without any file' }],
    });
    expect(await messages('file')).toMatchObject({ problems: [{ message: 'is no folder' }] });
    expect(await messages('leak')).toMatchObject({
      problems: [{ at: 'images/board/leak/b', message: /outside/ }],
    });
    await rm(images('leak/b'));
    expect(await messages('leak', LATER)).toMatchObject({
      problems: [{ at: 'images/board/hostapp.docker' }, { at: 'images/board/leak', message: /older than/ }],
    });
  });

  it('checks the labels that the archive must carry', async () => {
    const expectedLabels = { 'io.balena.image.class': 'overlay' };
    await expect(collect({ expectedLabels })).rejects.toMatchObject({
      code: 'build.labels-differ',
      kind: 'tool',
      problems: [{ message: 'label io.balena.image.class is "hostapp", "overlay" is expected' }],
    });
    await archive({ 'io.balena.image.class': 'overlay' });
    expect((await collect({ expectedLabels })).archive.path).toBe(images('hostapp.docker'));
  });

  it('is looked for in another images folder where the front end has one', async () => {
    await mkdir(join(assetRoot, 'elsewhere'));
    await expect(collect({}, { imagesDirectory: join(assetRoot, 'elsewhere') })).rejects.toMatchObject({
      code: 'build.output-missing',
    });
  });

  it.each(['', '..', 'a/b', 'a\0b'])('has no file or folder of the name %j', async (name) => {
    await expect(collect({ expectedFiles: [name] })).rejects.toMatchObject({ code: 'build.malformed-name' });
    await expect(collect({ expectedFolders: [name] })).rejects.toMatchObject({
      code: 'build.malformed-name',
    });
  });
});
