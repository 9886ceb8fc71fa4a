import { describe, expect, it } from 'vitest';
import {
  type AssetCheck,
  assetKeyOf,
  checkReleaseAssets,
  isKnownAsset,
  requiredAssets,
} from './release-assets.ts';

const standard = { imageKind: 'standard' } as const;
const complete: AssetCheck = {
  deviceType: standard,
  files: [
    { name: 'VERSION', sizeBytes: 8 },
    { name: 'VERSION_HOSTOS', sizeBytes: 6 },
    { name: 'device-type.json', sizeBytes: 900 },
    { name: 'image.json', sizeBytes: 300 },
    { name: 'compressed/part-0.deflate', sizeBytes: 100 },
    { name: 'compressed/part-1.deflate', sizeBytes: 200 },
    { name: 'CHANGELOG.md', sizeBytes: 0 },
  ],
  imageManifests: [
    {
      name: 'image.json',
      parts: [
        { filename: 'part-0.deflate', zLen: 100, crc: 1 },
        { filename: 'part-1.deflate', zLen: 200, crc: 2 },
      ],
    },
  ],
};

const problemsOf = (change: Partial<AssetCheck>) =>
  checkReleaseAssets({ ...complete, ...change }).map(({ at, message }) => `${at} ${message}`);
const without = (...names: readonly string[]) => complete.files.filter((file) => !names.includes(file.name));
const resized = (name: string, sizeBytes: number) =>
  complete.files.map((file) => (file.name === name ? { ...file, sizeBytes } : file));

describe('requiredAssets', () => {
  it('are versions, device type, image manifest and parts of a standard image', () => {
    expect(requiredAssets(standard)).toEqual({
      keys: ['VERSION', 'VERSION_HOSTOS', 'device-type.json', 'image.json'],
      prefixes: ['compressed/'],
    });
  });

  it('are also those of the flasher and raw images that the device type declares', () => {
    const both = { ...standard, deployFlasherArtifact: 'f', deployRawArtifact: 'r' };
    expect(requiredAssets(both).keys.slice(3)).toEqual([
      'image.json',
      'image-flasher.json',
      'image-raw.json',
    ]);
    expect(requiredAssets(both).prefixes).toEqual(['compressed/', 'compressed-flasher/', 'compressed-raw/']);
    expect(requiredAssets({ ...standard, deployRawArtifact: 'r' }).prefixes).toEqual([
      'compressed/',
      'compressed-raw/',
    ]);
  });

  it.each(['edge', 'docker-image', 'archive'] as const)('have no image for kind %s', (imageKind) => {
    expect(requiredAssets({ imageKind, deployRawArtifact: 'r' })).toEqual({
      keys: ['VERSION', 'VERSION_HOSTOS', 'device-type.json'],
      prefixes: [],
    });
  });
});

describe('checkReleaseAssets', () => {
  it('takes the zip file of an archive type for a known asset, and an image folder for none', () => {
    expect(isKnownAsset('bundle.zip')).toBe(true);
    expect(isKnownAsset('image/bundle/flash.sh')).toBe(false);
  });

  it('finds nothing wrong with a complete release', () => {
    expect(problemsOf({})).toEqual([]);
  });

  it('finds nothing wrong with a release without an image for a type that has none', () => {
    const files = without('image.json', 'compressed/part-0.deflate', 'compressed/part-1.deflate');
    expect(problemsOf({ deviceType: { imageKind: 'docker-image' }, files, imageManifests: [] })).toEqual([]);
  });

  it.each(['VERSION', 'VERSION_HOSTOS', 'device-type.json'])('reports a missing %s', (name) => {
    expect(problemsOf({ files: without(name) })).toEqual([`${name} is missing`]);
  });

  it.each(['VERSION', 'device-type.json', 'image.json'])('reports an empty %s', (name) => {
    expect(problemsOf({ files: resized(name, 0) })).toEqual([`${name} is empty`]);
  });

  it('reports everything missing at once', () => {
    expect(problemsOf({ files: [], imageManifests: [] })).toEqual([
      'VERSION is missing',
      'VERSION_HOSTOS is missing',
      'device-type.json is missing',
      'image.json is missing',
      'compressed/ has no parts',
    ]);
  });

  it('reports a missing part and the count', () => {
    expect(problemsOf({ files: without('compressed/part-1.deflate') })).toEqual([
      'image.json lists 2 parts, compressed/ has 1',
      'compressed/part-1.deflate is missing; image.json lists it',
    ]);
  });

  it('reports a part of another size (W17)', () => {
    expect(problemsOf({ files: resized('compressed/part-1.deflate', 199) })).toEqual([
      'compressed/part-1.deflate has 199 bytes, image.json says zLen 200',
    ]);
  });

  it('reports an empty part', () => {
    expect(problemsOf({ files: resized('compressed/part-0.deflate', 0) })).toContain(
      'compressed/part-0.deflate is empty',
    );
  });

  it('reports a part that no manifest lists', () => {
    const files = [...complete.files, { name: 'compressed/part-2.deflate', sizeBytes: 1 }];
    expect(problemsOf({ files })).toEqual([
      'image.json lists 2 parts, compressed/ has 3',
      'compressed/part-2.deflate is a part that no image manifest lists',
    ]);
  });

  it('reports the image of a variant that has no manifest, and one whose manifest has no parts', () => {
    const files = [
      ...complete.files,
      { name: 'image-raw.json', sizeBytes: 2 },
      { name: 'compressed-flasher/part-0.deflate', sizeBytes: 5 },
    ];
    const manifests = [...complete.imageManifests, { name: 'image-raw.json', parts: [] }];
    const deviceType = { ...standard, deployFlasherArtifact: 'f', deployRawArtifact: 'r' };
    expect(problemsOf({ deviceType, files, imageManifests: manifests })).toEqual([
      'image-flasher.json is missing',
      'compressed-raw/ has no parts',
      'image-raw.json lists no parts',
      'compressed-flasher/part-0.deflate is a part that no image manifest lists',
    ]);
  });

  it('checks the parts of each variant against its own manifest', () => {
    const raw = { name: 'image-raw.json', parts: [{ filename: 'part-0.deflate', zLen: 7, crc: 1 }] };
    const files = [
      ...complete.files,
      { name: 'image-raw.json', sizeBytes: 2 },
      { name: 'compressed-raw/part-0.deflate', sizeBytes: 7 },
    ];
    const deviceType = { ...standard, deployRawArtifact: 'r' };
    expect(problemsOf({ deviceType, files, imageManifests: [...complete.imageManifests, raw] })).toEqual([]);
  });

  it('reports a manifest that was not read, and one that is no asset', () => {
    const parts = ['compressed/part-0.deflate', 'compressed/part-1.deflate'];
    expect(problemsOf({ files: without(...parts), imageManifests: [] })).toEqual([
      'compressed/ has no parts',
      'image.json could not be read, so its parts are not checked',
    ]);
    expect(problemsOf({ files: without('image.json') })).toEqual([
      'image.json is missing',
      'image.json lists parts but is no asset itself',
    ]);
  });

  it('reports what is listed twice, among files and among parts', () => {
    const [part] = complete.imageManifests[0]?.parts ?? [];
    if (part === undefined) throw new Error('no part');
    const problems = problemsOf({
      files: [...complete.files, { name: 'VERSION', sizeBytes: 8 }],
      imageManifests: [{ name: 'image.json', parts: [part, part] }],
    });
    expect(problems).toContain('VERSION is listed twice');
    expect(problems).toContain('image.json lists part-0.deflate twice');
  });

  it('refuses a manifest with a name of its own', () => {
    expect(
      problemsOf({ imageManifests: [...complete.imageManifests, { name: 'image-x.json', parts: [] }] }),
    ).toContain('image-x.json is no image manifest name');
  });
});

describe('isKnownAsset', () => {
  it.each([
    'VERSION',
    'image-raw.json',
    'compressed-flasher/part-3.deflate',
    'CHANGELOG.md',
    'cyclonedx/balena-image/bom.json',
    'balena-image-pi4.manifest',
    'licenses.tar.gz',
    'secure-boot-lock.tar.gz',
    'service/tools/hostos-tools.manifest',
  ])('knows %s', (key) => expect(isKnownAsset(key)).toBe(true));

  it.each([
    'notes.txt',
    'cyclonedx/',
    '.manifest',
    'a/b.manifest',
    'service/tools/',
    'xcompressed/part-0.deflate',
    'image-x.json',
  ])('does not know %s', (key) => expect(isKnownAsset(key)).toBe(false));
});

describe('assetKeyOf', () => {
  it.each([
    ['images/pi4/VERSION', 'VERSION'],
    ['images/pi4/compressed/part-0.deflate', 'compressed/part-0.deflate'],
    ['images/other/VERSION', 'images/other/VERSION'],
    ['images/pi4/rpi-eeprom/secure-boot-lock/a.bin', 'secure-boot-lock.tar.gz'],
    ['cyclonedx-export/balena-image/bom.json', 'cyclonedx/balena-image/bom.json'],
    ['licenses/a/LICENSE', 'licenses.tar.gz'],
    ['device-type.json', 'device-type.json'],
  ])('%s becomes %s', (path, key) => {
    expect(assetKeyOf({ path, machine: 'pi4' })).toBe(key);
    expect(assetKeyOf({ path, machine: 'pi4', service: 'tools' })).toBe(`service/tools/${key}`);
  });
});
