import { describe, expect, it } from 'vitest';
import { type BuiltRelease, listStagedFiles, manifestRoleOf } from './staged-files.ts';

const SHA = 'a'.repeat(64);

function release(changes: Partial<BuiltRelease> = {}): BuiltRelease {
  return {
    machine: 'board',
    root: '/repo',
    hasChangelog: false,
    services: [],
    images: [],
    prepared: [],
    imageFolders: [],
    texts: [],
    ...changes,
  };
}

function service(
  name: string,
  imageClass: string,
  assets: readonly string[],
): BuiltRelease['services'][number] {
  return {
    service: name,
    imageClass,
    imageOutput: `${name}-board.docker`,
    built: {
      assetRoot: '/deploy',
      archive: { path: `/deploy/images/board/${name}.docker`, sha256: SHA },
      assets,
    },
  };
}

const namesOf = (built: BuiltRelease) => listStagedFiles(built).map(({ file }) => file.name);
const fileOf = (built: BuiltRelease, name: string) =>
  listStagedFiles(built).find(({ file }) => file.name === name)?.file;

describe('the files of a release', () => {
  it('lie flat: image folder lifted, SBOMs renamed, licences and secure boot lock packed', () => {
    const hostapp = service('hostapp', 'hostapp', [
      'images/board/VERSION',
      'images/board/kernel_modules_headers.tar.gz',
      'images/board/balena-image.manifest',
      'images/board/rpi-eeprom/secure-boot-lock/boot.img',
      'images/board/rpi-eeprom/secure-boot-lock/config.txt',
      'cyclonedx-export/balena-image/bom.json',
      'licenses/busybox/COPYING',
      'licenses/zlib/COPYING',
    ]);
    expect(namesOf(release({ services: [hostapp], hasChangelog: true }))).toEqual([
      'CHANGELOG.md',
      'VERSION',
      'balena-image.manifest',
      'cyclonedx/balena-image/bom.json',
      'hostapp/hostapp-board.docker',
      'kernel_modules_headers.tar.gz',
      'licenses.tar.gz',
      'secure-boot-lock.tar.gz',
    ]);
  });

  it('pack licences without the links that lead into the build container', () => {
    const built = release({ services: [service('hostapp', 'hostapp', ['licenses/a/COPYING'])] });
    expect(fileOf(built, 'licenses.tar.gz')).toEqual({
      kind: 'archive',
      name: 'licenses.tar.gz',
      source: '/deploy/licenses',
      prefix: 'licenses',
      droppedTargets: ['/work/'],
    });
  });

  it("keep an extension's files apart, below its service", () => {
    const extension = service('tools', 'overlay', ['images/board/tools.manifest']);
    expect(namesOf(release({ services: [extension] }))).toEqual([
      'extension/tools-board.docker',
      'service/tools/tools.manifest',
    ]);
  });

  it.each([
    ['', 'image.json', 'compressed/part-0.deflate', 'image/balena.img'],
    ['flasher', 'image-flasher.json', 'compressed-flasher/part-0.deflate', 'image/balena-flasher.img'],
    ['raw', 'image-raw.json', 'compressed-raw/part-0.deflate', 'image/balena-raw.img'],
  ])('hold parts, manifest and block map of the image variant %j', (variant, manifest, part, image) => {
    const folder = '/deploy/images/board';
    const prepared = {
      variant,
      manifestPath: `${folder}/${manifest}`,
      partsDirectory: `${folder}/compressed`,
      parts: ['part-0.deflate'],
      blockMapPath: `${folder}/image.bmap`,
    };
    const built = release({
      prepared: [prepared],
      images: [{ name: image, file: { path: `${folder}/x.img`, sha256: SHA } }],
    });
    expect(namesOf(built)).toEqual([part, image, `${image}.bmap`, manifest].sort());
    expect(fileOf(built, `${image}.bmap`)).toMatchObject({ source: `${folder}/image.bmap` });
    expect(manifestRoleOf(`${image}.bmap`, undefined)).toBe('block-map');
    expect(manifestRoleOf(image, undefined)).toBe('image');
  });

  it('never take parts, manifests or block maps of an earlier run for assets', () => {
    const hostapp = service('hostapp', 'hostapp', [
      'images/board/image.json',
      'images/board/image-raw.bmap',
      'images/board/compressed-raw/part-0.deflate',
      'images/board/other.bmap',
    ]);
    expect(namesOf(release({ services: [hostapp] }))).toEqual(['hostapp/hostapp-board.docker', 'other.bmap']);
  });

  it('hold the image folder of an archive device type as it is, and as one zip file', () => {
    const files = [
      { path: 'boot/a.bin', source: '/deploy/images/board/bundle/boot/a.bin', sha256: SHA },
      { path: 'flash.sh', source: '/deploy/images/board/bundle/flash.sh', sha256: SHA },
    ];
    const built = release({ imageFolders: [{ name: 'bundle', files }] });
    expect(namesOf(built)).toEqual(['bundle.zip', 'image/bundle/boot/a.bin', 'image/bundle/flash.sh']);
    expect(fileOf(built, 'bundle.zip')).toEqual({
      kind: 'zip',
      name: 'bundle.zip',
      files: files.map(({ path, source }) => ({ path, source })),
    });
    expect(manifestRoleOf('bundle.zip', undefined)).toBe('image-archive');
    expect(manifestRoleOf('image/bundle/flash.sh', undefined)).toBe('image');
  });

  it.each([
    ['VERSION_HOSTOS', 'version'],
    ['licenses.tar.gz', 'licences'],
    ['cyclonedx/a/bom.json', 'sbom'],
    ['service/tools/a.zip', 'asset'],
    ['secure-boot-lock.tar.gz', 'asset'],
  ])('give %s the role %s', (name, role) => expect(manifestRoleOf(name, undefined)).toBe(role));
});
