import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Header, pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findArchiveDefect, listLabelDefects } from './docker-archive.ts';

type Entry = readonly [name: string, content: unknown] | Pick<Header, 'name' | 'type' | 'linkname'>;

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'osrel-labels-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function archive(...entries: readonly Entry[]): Promise<string> {
  const path = join(folder, 'image.docker');
  const tar = pack();
  for (const entry of entries) {
    if ('name' in entry) tar.entry(entry);
    else {
      const [name, content] = entry;
      tar.entry({ name }, typeof content === 'string' ? content : JSON.stringify(content));
    }
  }
  tar.finalize();
  await pipeline(tar, createWriteStream(path));
  return path;
}

const HEX = 'c'.repeat(64);
const EXPECTED = { 'io.balena.image.class': 'overlay', 'io.balena.image.store': 'data' };
const config = (labels: unknown) => ({ config: { Labels: labels }, rootfs: { diff_ids: [] } });
const image = (more: object = {}) => ({
  Config: `${HEX}.json`,
  RepoTags: ['a:latest'],
  Layers: ['l.tar'],
  ...more,
});
const docker = (labels: unknown, more: object = {}): readonly Entry[] => [
  ['l.tar', 'layer'.repeat(500)],
  [`${HEX}.json`, config(labels)],
  ['manifest.json', [image(more)]],
];

async function defects(...entries: readonly Entry[]): Promise<readonly string[]> {
  return listLabelDefects(await archive(...entries), EXPECTED);
}

describe('the labels of a docker archive', () => {
  it('are right when each has its value; others may be there', async () => {
    expect(await defects(...docker({ ...EXPECTED, other: 'x' }))).toEqual([]);
  });

  it('are listed one by one when missing or different', async () => {
    expect(await defects(...docker({ 'io.balena.image.class': 'hostapp' }))).toEqual([
      'label io.balena.image.class is "hostapp", "overlay" is expected',
      'label io.balena.image.store is missing, "data" is expected',
    ]);
    expect(await defects(...docker(null))).toHaveLength(2);
    expect(await defects(...docker({ toString: 'x' }))).toHaveLength(2);
  });

  it('are not looked for when none is expected', async () => {
    expect(await listLabelDefects(await archive(['manifest.json', 'no json']), {})).toEqual([]);
  });

  it('are those of an image without a name too', async () => {
    expect(await defects(...docker(EXPECTED, { RepoTags: null }))).toEqual([]);
    expect(await defects(...docker(EXPECTED, { RepoTags: [] }))).toEqual([]);
  });

  it('are read by way of links and long names, as other tools write them', async () => {
    const long = `${'folder/'.repeat(30)}config.json`;
    expect(
      await defects(
        [long, config(EXPECTED)],
        { name: 'link.json', type: 'symlink', linkname: long },
        { name: 'hard.json', type: 'link', linkname: 'link.json' },
        ['./manifest.json', [image({ Config: 'hard.json' })]],
      ),
    ).toEqual([]);
  });

  it('are read from a pure OCI layout, also through a nested index', async () => {
    const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
    const path = await archive(
      ['oci-layout', { imageLayoutVersion: '1.0.0' }],
      ['index.json', { manifests: [{ digest: digest('1') }] }],
      [`blobs/sha256/${'1'.repeat(64)}`, { manifests: [{ digest: digest('2') }] }],
      [`blobs/sha256/${'2'.repeat(64)}`, { config: { digest: digest('3') }, layers: [] }],
      [`blobs/sha256/${'3'.repeat(64)}`, config(EXPECTED)],
    );
    expect(await findArchiveDefect(path)).toBeUndefined();
    expect(await listLabelDefects(path, EXPECTED)).toEqual([]);
  });

  it.each<[string, readonly Entry[], string]>([
    ['two images', [['manifest.json', [image(), image()]]], 'it holds 2 images, one is needed'],
    ['no image', [['manifest.json', []]], 'it holds 0 images, one is needed'],
    ['no configuration', [['manifest.json', [image()]]], `its ${HEX}.json is missing`],
    [
      'a configuration that is no JSON',
      [
        [`${HEX}.json`, '{'],
        ['manifest.json', [image()]],
      ],
      'is malformed',
    ],
    ['labels that are no text', docker({ a: 1 }), 'is malformed'],
    ['a manifest of another shape', [['manifest.json', { a: 1 }]], 'its manifest.json is malformed'],
    ['an index that leads to itself', [['index.json', { manifests: [] }]], 'it holds 0 images'],
    [
      'a link that leads to itself',
      [{ name: `${HEX}.json`, type: 'symlink', linkname: `${HEX}.json` }, ['manifest.json', [image()]]],
      'is missing',
    ],
  ])('cannot be read from an archive with %s', async (_, entries, because) => {
    expect(await defects(...entries)).toEqual([expect.stringContaining(because)]);
  });

  it('belong to no archive that is compressed as a whole', async () => {
    const path = join(folder, 'image.docker');
    await pipeline([Buffer.from([0x1f, 0x8b]), Buffer.alloc(600)], createWriteStream(path));
    expect(await findArchiveDefect(path)).toBe('it is compressed with gzip');
  });
});
