import { describe, expect, it } from 'vitest';
import { artifactSchema, checkArtifactName, mediaTypeOf } from './artifact.ts';

describe('checkArtifactName', () => {
  it.each([
    'VERSION',
    'compressed/part-0.deflate',
    'service/tools/a b+c~.manifest',
    'cyclonedx/…/bom.json',
    '.hidden',
    'a..b',
  ])('returns %s', (name) => expect(checkArtifactName(name)).toBe(name));

  it.each([
    ['', 'empty'],
    ['/etc/passwd', 'absolute'],
    ['C:/windows', 'absolute'],
    ['..', 'segment ".."'],
    ['a/../b', 'segment ".."'],
    ['./a', 'segment "."'],
    ['a//b', 'segment ""'],
    ['a/', 'segment ""'],
    ['a\\b', 'backslash'],
    ['a\nb', 'control character'],
    ['a\u0000', 'control character'],
    ['a\u2028b', 'control character'],
    ['x'.repeat(1001), '1000 bytes'],
  ])('refuses %j: %s', (name, reason) => {
    expect(() => checkArtifactName(name)).toThrow(expect.objectContaining({ code: 'artifact.name-unsafe' }));
    expect(() => checkArtifactName(name)).toThrow(reason);
  });
});

describe('artifactSchema', () => {
  it('holds names to the same rule', () => {
    const { name } = artifactSchema.shape;
    expect(name.safeParse('compressed/part-0.deflate').success).toBe(true);
    expect(name.safeParse('../x').error?.issues[0]?.message).toBe(
      'artifact name "../x" has the segment ".."',
    );
  });
});

describe('mediaTypeOf', () => {
  it.each([
    ['image.json', 'application/json'],
    ['image/balena.img.bmap', 'application/xml'],
    ['images/x/VERSION', 'text/plain'],
    ['CHANGELOG.md', 'text/markdown'],
    ['licenses.tar.gz', 'application/gzip'],
    ['balena-image-raspberrypi4-64.manifest', 'text/plain'],
    ['balena-image.docker', 'application/x-tar'],
    ['compressed/part-0.deflate', 'application/octet-stream'],
    ['balena.img', 'application/octet-stream'],
    ['balena.yml', 'application/yaml'],
    ['json', 'application/octet-stream'],
    ['LOGO.SVG', 'image/svg+xml'],
  ])('%s is %s', (name, mediaType) => expect(mediaTypeOf(name)).toBe(mediaType));

  it('only makes types that an artifact may have', () => {
    for (const name of ['a.json', 'a.svg', 'a.log', 'a.tar', 'a.zst', 'a.xz', 'a.bin', 'a.jsonl']) {
      expect(artifactSchema.shape.mediaType.safeParse(mediaTypeOf(name)).success).toBe(true);
    }
  });
});
