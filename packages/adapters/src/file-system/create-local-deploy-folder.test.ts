import { access, appendFile, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOfHex, mediaTypeOf, type ReleaseManifest, type StagedArtifact } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { createLocalDeployFolder } from './create-local-deploy-folder.ts';
import { listFilesBelow } from './list-files.ts';
import { testFolder } from './test-folder.ts';

async function start() {
  const root = join(await testFolder(), 'deploy');
  const built = join(root, '..', 'build');
  await mkdir(built);
  const deploy = createLocalDeployFolder({ root });
  const directory = deploy.pathOf('raspberrypi4-64', '6.5.1+rev2');
  const file = async (name: string, content: string) => {
    const source = join(built, name.replaceAll('/', '_'));
    await writeFile(source, content);
    return { kind: 'file', name, source } as const;
  };
  return { root, built, deploy, directory, file };
}

const manifestOf = (files: readonly StagedArtifact[]): ReleaseManifest => ({
  schemaVersion: 1,
  system: 'balena-os',
  machine: 'raspberrypi4-64',
  slug: 'raspberrypi4-64',
  version: '6.5.1+rev2',
  esr: false,
  source: { repository: 'acme/repo', sha: 'a'.repeat(40) },
  files: files.map(({ name, sizeBytes, sha256 }) => ({
    name,
    sizeBytes,
    digest: digestOfHex(sha256),
    mediaType: mediaTypeOf(name),
    role: 'asset',
  })),
});

describe('the deploy folder', () => {
  it('names a folder by device type and version, without making it', async () => {
    const { root, directory, deploy } = await start();
    expect(directory).toBe(join(root, 'raspberrypi4-64', '6.5.1+rev2'));
    await expect(access(root)).rejects.toThrow();
    expect(() => deploy.pathOf('../x', '1.0.0')).toThrow('device type');
    expect(() => deploy.pathOf('x', '..')).toThrow('version');
  });

  it('holds exactly what was staged, linked, with size and digest of each', async () => {
    const { deploy, directory, file } = await start();
    const image = await file('image.img', 'image bytes');
    const staged = await deploy.stage(directory, [
      image,
      { kind: 'text', name: 'sub/VERSION', text: '6.5.1\n' },
    ]);
    expect(staged.map(({ name, sizeBytes, placement }) => [name, sizeBytes, placement])).toEqual([
      ['image.img', 11, 'linked'],
      ['sub/VERSION', 6, 'written'],
    ]);
    expect(await listFilesBelow(directory)).toEqual(['image.img', 'sub/VERSION']);
    expect((await stat(join(directory, 'image.img'))).ino).toBe((await stat(image.source)).ino);
    expect(await deploy.listDefects(directory, manifestOf(staged))).toEqual([]);
  });

  it('follows a link of the build to the file behind it', async () => {
    const { deploy, directory, built, file } = await start();
    const { source } = await file('real.img', 'bytes');
    await symlink(source, join(built, 'link.img'));
    await deploy.stage(directory, [{ kind: 'file', name: 'image.img', source: join(built, 'link.img') }]);
    expect((await readFile(join(directory, 'image.img'))).toString()).toBe('bytes');
  });

  it('removes what an earlier staging left, folders in the way too', async () => {
    const { deploy, directory, file } = await start();
    await deploy.stage(directory, [await file('a/b/c', '1'), await file('d', '2')]);
    await deploy.stage(directory, [await file('a', '3'), await file('d/e', '4')]);
    expect(await listFilesBelow(directory)).toEqual(['a', 'd/e']);
  });

  it('stages the same files again without a trace', async () => {
    const { deploy, directory, file } = await start();
    const files = [await file('a', '1'), await file('b', '2')];
    const first = await deploy.stage(directory, files);
    expect(await deploy.stage(directory, files)).toEqual(first);
    expect(await readdir(directory)).toEqual(['a', 'b']);
  });

  it('packs a folder under the given top folder', async () => {
    const { deploy, directory, built } = await start();
    await mkdir(join(built, 'licenses'));
    await writeFile(join(built, 'licenses', 'MIT'), 'text');
    const archive = {
      kind: 'archive',
      name: 'licenses.tar.gz',
      source: join(built, 'licenses'),
      prefix: 'licenses',
    } as const;
    const [first] = await deploy.stage(directory, [archive]);
    const [second] = await deploy.stage(directory, [archive]);
    expect(second).toEqual(first);
  });

  it('names every missing source at once and leaves the folder alone', async () => {
    const { deploy, directory, file, built } = await start();
    await deploy.stage(directory, [await file('kept', '1')]);
    const missing = deploy.stage(directory, [
      { kind: 'file', name: 'a', source: join(built, 'no-a') },
      { kind: 'archive', name: 'b', source: join(built, 'no-b'), prefix: '' },
    ]);
    await expect(missing).rejects.toMatchObject({
      code: 'deploy.source-missing',
      problems: [{ at: 'a' }, { at: 'b' }],
    });
    expect(await readdir(directory)).toEqual(['kept']);
  });

  it.each([
    [['../x'], 'artifact.name-unsafe'],
    [['a', 'a'], 'deploy.names'],
    [['a', 'a/b'], 'deploy.names'],
    [['SHA256SUMS'], 'deploy.names'],
    [['release-manifest.json'], 'deploy.names'],
  ])('refuses the names %j', async (names, code) => {
    const { deploy, directory } = await start();
    const files = names.map((name) => ({ kind: 'text', name, text: '' }) as const);
    await expect(deploy.stage(directory, files)).rejects.toMatchObject({ code });
  });

  it('does not touch a folder outside', async () => {
    const { root, deploy } = await start();
    for (const directory of [root, join(root, '..'), join(root, '..', 'other')]) {
      await expect(deploy.stage(directory, [])).rejects.toMatchObject({ code: 'deploy.outside' });
    }
  });

  it('writes sums that sha256sum reads, and the manifest', async () => {
    const { deploy, directory, file } = await start();
    const staged = await deploy.stage(directory, [await file('b', '1'), await file('a', '2')]);
    await deploy.writeManifest(directory, manifestOf(staged));
    expect(await readFile(join(directory, 'SHA256SUMS'), 'utf8')).toMatch(
      /^[0-9a-f]{64} {2}a\n[0-9a-f]{64} {2}b\n$/,
    );
    const found = await deploy.findManifest(directory);
    expect(found?.files.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('takes the manifest away before it changes anything', async () => {
    const { root, deploy, directory, file } = await start();
    await deploy.writeManifest(
      directory,
      manifestOf(await deploy.stage(directory, [await file('a', 'old')])),
    );
    let changes = 0;
    const dying = createLocalDeployFolder({
      root,
      beforeCommit: () => {
        changes += 1;
        if (changes === 3) throw new Error('crash');
      },
    });
    await expect(dying.stage(directory, [{ kind: 'text', name: 'a', text: 'new' }])).rejects.toThrow('crash');
    expect(await deploy.findManifest(directory)).toBeUndefined();
    expect(await listFilesBelow(directory)).toEqual(['a']);
    expect(await readFile(join(directory, 'a'), 'utf8')).toBe('old');
  });

  it('lists every file that is missing or differs, with what is wrong', async () => {
    const { deploy, directory } = await start();
    const staged = await deploy.stage(
      directory,
      ['missing', 'longer', 'other', 'folder', 'fine'].map((name) => ({ kind: 'text', name, text: name })),
    );
    await rm(join(directory, 'missing'));
    await appendFile(join(directory, 'longer'), '!');
    await writeFile(join(directory, 'other'), 'OTHER');
    await rm(join(directory, 'folder'));
    await mkdir(join(directory, 'folder'));
    expect(await deploy.listDefects(directory, manifestOf(staged))).toEqual([
      { name: 'missing', defect: 'is missing' },
      { name: 'longer', defect: 'has 7 bytes, the manifest says 6' },
      { name: 'other', defect: expect.stringMatching(/^has sha256 .* the manifest says /) },
      { name: 'folder', defect: 'is no regular file' },
    ]);
  });

  it('makes room for files from elsewhere, and keeps what is whole already', async () => {
    const { deploy, directory } = await start();
    const wanted = ['here', 'sub/cut', 'sub/whole', 'new/absent'];
    const manifest = manifestOf(
      await deploy.stage(
        directory,
        wanted.map((name) => ({ kind: 'text', name, text: name })),
      ),
    );
    const first = await deploy.prepareIncoming(directory, manifest);
    expect(first.directory).toBe(join(directory, '..', '.incoming-6.5.1+rev2'));
    expect(first.present).toEqual(wanted);
    for (const name of wanted.slice(1)) await rm(join(directory, name));
    await rm(join(first.directory, 'new/absent'));
    await writeFile(join(first.directory, 'sub/cut'), 'sub/cu');
    await writeFile(join(first.directory, 'other'), 'of another build');
    const second = await deploy.prepareIncoming(directory, manifest);
    expect(second.present).toEqual(['here', 'sub/whole']);
    expect(await listFilesBelow(second.directory)).toEqual(['here', 'sub/cut', 'sub/whole']);
    expect((await stat(join(second.directory, 'new'))).isDirectory()).toBe(true);
    await deploy.removeIncoming(directory);
    await deploy.removeIncoming(directory);
    await expect(access(second.directory)).rejects.toThrow();
  });

  it('takes nothing over that only looks like the file', async () => {
    const { deploy, directory, built } = await start();
    const manifest = manifestOf(await deploy.stage(directory, [{ kind: 'text', name: 'a', text: 'a' }]));
    await rm(join(directory, 'a'));
    await writeFile(join(built, 'elsewhere'), 'a');
    await symlink(join(built, 'elsewhere'), join(directory, 'a'));
    expect((await deploy.prepareIncoming(directory, manifest)).present).toEqual([]);
    await expect(deploy.prepareIncoming('/elsewhere', manifest)).rejects.toMatchObject({
      code: 'deploy.outside',
    });
  });

  it.each(['{', '{"schemaVersion":2}'])('calls the manifest %j broken', async (text) => {
    const { deploy, directory } = await start();
    await deploy.stage(directory, []);
    await writeFile(join(directory, 'release-manifest.json'), text);
    await expect(deploy.findManifest(directory)).rejects.toMatchObject({ kind: 'integrity' });
  });
});
