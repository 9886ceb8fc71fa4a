import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDeviceRepository } from './create-device-repository.ts';

let root = '';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'osrel-device-'));
});

afterEach(() => rm(root, { recursive: true, force: true }));

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

const repository = (tag: string | null = null) =>
  createDeviceRepository({ root, describeCheckout: async () => tag });

describe('readIdentity', () => {
  it('reads repo.yml, VERSION, the change log and the version of meta-balena', async () => {
    await write({
      'repo.yml': "type: 'yocto-based OS image'\n",
      VERSION: '6.5.1+rev2\n',
      'CHANGELOG.md': '#',
    });
    expect(await repository('v6.5.0').readIdentity()).toEqual({
      repoYml: { file: 'repo.yml', document: { type: 'yocto-based OS image' } },
      version: '6.5.1+rev2',
      hasChangelog: true,
      metaBalenaVersion: '6.5.0',
    });
  });

  it('falls back to the VERSION file of meta-balena', async () => {
    await write({ 'layers/meta-balena/VERSION': 'v5.1.0\n' });
    expect((await repository().readIdentity()).metaBalenaVersion).toBe('5.1.0');
  });

  it('says what is missing', async () => {
    expect(await repository().readIdentity()).toEqual({
      repoYml: undefined,
      version: undefined,
      hasChangelog: false,
      metaBalenaVersion: null,
    });
  });

  it('names every syntax error of repo.yml and a key that stands twice', async () => {
    await write({ 'repo.yml': 'type: a\nreviewers: [1\nupstream: {\ntype: b\n' });
    await expect(repository().readIdentity()).rejects.toMatchObject({
      kind: 'config',
      code: 'yaml.malformed',
      problems: expect.arrayContaining([
        expect.objectContaining({ at: expect.stringMatching(/^repo\.yml:\d+:\d+$/) }),
      ]),
    });
    await write({ 'repo.yml': 'type: a\nother: 1\ntype: b\n' });
    await expect(repository().readIdentity()).rejects.toMatchObject({
      problems: [{ at: 'repo.yml:3:1', message: expect.stringContaining('unique') }],
    });
  });

  it('does not unfold a document without bound', async () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 9; level += 1) {
      const alias = `*a${level - 1}`;
      lines.push(`a${level}: &a${level} [${Array(9).fill(alias).join(', ')}]`);
    }
    await write({ 'repo.yml': lines.join('\n') });
    await expect(repository().readIdentity()).rejects.toMatchObject({ code: 'yaml.malformed' });
  });
});

describe('listDeviceTypes', () => {
  it('finds device types in CoffeeScript, YAML and JSON, and no other file', async () => {
    await write({
      'a.coffee': "module.exports = slug: 'a'",
      'b.yml': 'slug: b\nyocto: { machine: b }\n',
      'c.json': '{"yocto": {"machine": "c"}}',
      'package.json': '{"yocto": {"machine": "no"}, "slug": "no"}',
      'osrel.yml': 'slug: no\nyocto: { machine: no }',
      'repo.yml': 'slug: no\nyocto: { machine: no }',
      'balena.yml': 'slug: no\nyocto: { machine: no }',
      'a.hostapp.yml': 'slug: no\nyocto: { machine: no }',
      'docker-compose.dev.yml': 'slug: no\nyocto: { machine: no }',
      '.hidden.yml': 'slug: no\nyocto: { machine: no }',
      'renovate-config.json': '{ // a comment\n}',
      'other.json': '{"slug": "no"}',
      'list.yml': '- yocto\n',
      'folder.json/x.json': '{}',
    });
    const found = await repository().listDeviceTypes();
    expect(found).toEqual([
      { file: 'a.coffee', baseName: 'a', document: { slug: 'a' } },
      { file: 'b.yml', baseName: 'b', document: { slug: 'b', yocto: { machine: 'b' } } },
      { file: 'c.json', baseName: 'c', document: { yocto: { machine: 'c' } } },
    ]);
  });

  it('prefers the source to the JSON that was generated from it', async () => {
    const generated = '{"slug": "old", "yocto": {"machine": "old"}}';
    await write({
      'a.coffee': "module.exports = slug: 'new'",
      'a.json': generated,
      'b.yml': 'slug: new\nyocto: {}',
      'b.json': generated,
    });
    const found = await repository().listDeviceTypes();
    expect(found.map(({ file }) => file)).toEqual(['a.coffee', 'b.yml']);
  });

  it('names the problems of all malformed files at once', async () => {
    await write({
      'a.coffee': 'module.exports = {\n  slug: ',
      'b.coffee': "module.exports = slug: require('fs').readFileSync('/etc/passwd')",
      'c.yml': 'yocto: { machine: c\n',
      'd.json': '{\n  "yocto": { "machine": "d" },\n  "slug": }',
      'e.json': '{ "yocto":',
      'f.coffee': "module.exports = slug: 'fine'",
    });
    await expect(repository().listDeviceTypes()).rejects.toMatchObject({
      kind: 'config',
      code: 'device-type.malformed',
      problems: [
        { at: expect.stringMatching(/^a\.coffee:\d+:\d+$/), message: expect.any(String) },
        {
          at: expect.stringMatching(/^b\.coffee:1:\d+$/),
          message: expect.stringContaining('"fs" is not available'),
        },
        { at: expect.stringMatching(/^c\.yml:\d+:\d+$/), message: expect.any(String) },
        { at: 'd.json:3:11', message: expect.stringContaining('"slug": }') },
        { at: expect.stringMatching(/^e\.json:1:\d+$/), message: expect.any(String) },
      ],
    });
  });

  it('refuses a link out of the repository and one that points nowhere', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'osrel-outside-'));
    await writeFile(join(outside, 'x.yml'), 'yocto: { machine: x }');
    await symlink(join(outside, 'x.yml'), join(root, 'x.yml'));
    await symlink('gone.json', join(root, 'y.json'));
    await expect(repository().listDeviceTypes()).rejects.toMatchObject({
      problems: [
        { at: 'x.yml', message: expect.stringContaining('outside of the repository') },
        { at: 'y.json', message: expect.stringContaining('points nowhere') },
      ],
    });
    await rm(outside, { recursive: true });
  });

  it('evaluates 40 device types without keeping anything of one for the next', async () => {
    const files = Array.from({ length: 40 }, (_, index) => [
      `type-${index}.coffee`,
      `globalThis.count = (globalThis.count ? 0) + 1\nmodule.exports = count: count`,
    ]);
    await write(Object.fromEntries(files));
    const found = await repository().listDeviceTypes();
    expect(new Set(found.map(({ document }) => JSON.stringify(document)))).toEqual(new Set(['{"count":1}']));
    expect(found).toHaveLength(40);
  });
});

describe('readComposition', () => {
  it('reads base and overlay, each where it exists, with merge keys worked out', async () => {
    await write({ 'pi.hostapp.yml': 'x: &x { a: 1 }\nservices: { tools: { <<: *x, b: 2 } }' });
    expect(await repository().readComposition('pi')).toEqual({
      overlay: { file: 'pi.hostapp.yml', document: { x: { a: 1 }, services: { tools: { a: 1, b: 2 } } } },
    });
    await write({ 'layers/meta-balena/hostapp.yml': 'services: {}' });
    expect(Object.keys(await repository().readComposition('pi'))).toEqual(['base', 'overlay']);
    expect(await repository().readComposition('other')).toEqual({ base: expect.anything() });
  });

  it.each(['../pi', '', '.', 'a/b', '-x', 'a\0b'])('refuses %j as a machine', async (machine) => {
    await expect(repository().readComposition(machine)).rejects.toMatchObject({
      code: 'repository.malformed-name',
    });
  });
});

describe('device-type JSON', () => {
  it('writes the file whole, reads it back and leaves nothing else', async () => {
    await write({ 'pi.json': 'old' });
    expect(await repository().readDeviceTypeJson('other')).toBeUndefined();
    await repository().writeDeviceTypeJson('pi', '{}\n');
    expect(await repository().readDeviceTypeJson('pi')).toBe('{}\n');
    expect(await readdir(root)).toEqual(['pi.json']);
  });

  it('replaces a link instead of writing through it', async () => {
    await write({ target: 'untouched' });
    await symlink('target', join(root, 'pi.json'));
    await repository().writeDeviceTypeJson('pi', '{}');
    expect(await readFile(join(root, 'target'), 'utf8')).toBe('untouched');
  });

  it('refuses a name that is a path', async () => {
    await expect(repository().writeDeviceTypeJson('../pi', '{}')).rejects.toMatchObject({
      code: 'repository.malformed-name',
    });
    await expect(repository().readDeviceTypeJson('a/b')).rejects.toMatchObject({
      code: 'repository.malformed-name',
    });
  });
});
