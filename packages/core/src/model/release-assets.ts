import { assertNever } from '../errors/assert-never.ts';
import type { Problem } from '../errors/osrel-error.ts';
import type { DeviceType } from './device-type.ts';

export type AssetDeviceType = Pick<DeviceType, 'imageKind' | 'deployFlasherArtifact' | 'deployRawArtifact'>;

export interface RequiredAssets {
  /** Asset keys that must be there. */
  readonly keys: readonly string[];
  /** Key prefixes (`compressed/`) under which there must be at least one asset. */
  readonly prefixes: readonly string[];
}

export interface AssetFile {
  /** Asset key. */
  readonly name: string;
  readonly sizeBytes: number;
}

/** An image manifest among the assets, with the parts it lists. */
export interface ImageManifestParts {
  /** Asset key: `image.json`, `image-flasher.json` or `image-raw.json`. */
  readonly name: string;
  readonly parts: readonly { readonly filename: string; readonly zLen: number; readonly crc: number }[];
}

export interface AssetCheck {
  readonly deviceType: AssetDeviceType;
  /** Every hostapp asset, staged or on the release. */
  readonly files: readonly AssetFile[];
  /** The image manifests found among them, already read. */
  readonly imageManifests: readonly ImageManifestParts[];
}

const ALWAYS = ['VERSION', 'VERSION_HOSTOS', 'device-type.json'];
const IMAGE_MANIFEST = /^image(|-flasher|-raw)\.json$/;
const PART_FOLDER = /^compressed(|-flasher|-raw)\//;

/** Assets a release may have or leave out; `*` stands for anything. */
const OPTIONAL_ASSETS = [
  'CHANGELOG.md',
  'cyclonedx/*',
  '*.manifest',
  'licenses.tar.gz',
  'kernel_modules_headers.tar.gz',
  'kernel_source.tar.gz',
  'secure-boot-lock.tar.gz',
  '*.zip',
] as const;

/**
 * Assets a hostapp release needs before it may become final (balena-workflow 5.7): versions and device type
 * always; image manifest and parts for a standard image, and for each of flasher and raw the device type declares.
 * `edge` and `docker-image` types have no disk image; those of `archive` types are folders, published as zip files.
 */
export function requiredAssets(deviceType: AssetDeviceType): RequiredAssets {
  switch (deviceType.imageKind) {
    case 'edge':
    case 'docker-image':
    case 'archive':
      return { keys: ALWAYS, prefixes: [] };
    case 'standard':
      return requiredOfImages(deviceType);
    default:
      return assertNever(deviceType.imageKind);
  }
}

function requiredOfImages(deviceType: AssetDeviceType): RequiredAssets {
  const suffixes = [
    '',
    ...(deviceType.deployFlasherArtifact === undefined ? [] : ['-flasher']),
    ...(deviceType.deployRawArtifact === undefined ? [] : ['-raw']),
  ];
  return {
    keys: [...ALWAYS, ...suffixes.map((suffix) => `image${suffix}.json`)],
    prefixes: suffixes.map((suffix) => `compressed${suffix}/`),
  };
}

/**
 * Every way in which the assets fall short: a required one missing or empty, one listed twice, an image manifest
 * without parts, a part missing or of another size than its `zLen`, a part that no manifest lists.
 */
export function checkReleaseAssets({ deviceType, files, imageManifests }: AssetCheck): readonly Problem[] {
  const required = requiredAssets(deviceType);
  const sizes = new Map(files.map((file) => [file.name, file.sizeBytes]));
  return [
    ...problemsOfKeys(required, sizes),
    ...files.flatMap((file, index) =>
      files.findIndex((other) => other.name === file.name) === index
        ? []
        : [problem(file.name, 'is listed twice')],
    ),
    ...problemsOfUnreadManifests(sizes, imageManifests),
    ...imageManifests.flatMap((manifest) => problemsOfManifest(manifest, sizes)),
    ...problemsOfExtraParts(sizes, imageManifests),
  ];
}

/** Whether the contract knows the key: required for some device type, optional, or an extension's. */
export function isKnownAsset(key: string): boolean {
  if (ALWAYS.includes(key) || IMAGE_MANIFEST.test(key) || PART_FOLDER.test(key)) return true;
  if (/^service\/[^/]+\/./.test(key)) return true;
  return OPTIONAL_ASSETS.some((pattern) => matches(pattern, key));
}

/**
 * Asset key of a file that a build left below its deploy folder (balena-workflow 5.6): the machine's image folder
 * is lifted, `cyclonedx-export/` becomes `cyclonedx/`, licences and the secure boot lock are the archive they are
 * packed into, and an extension's files go below `service/<service>/`.
 */
export function assetKeyOf(file: {
  readonly path: string;
  readonly machine: string;
  readonly service?: string;
}): string {
  const key = flatKey(file.path, file.machine);
  return file.service === undefined ? key : `service/${file.service}/${key}`;
}

function flatKey(path: string, machine: string): string {
  const images = `images/${machine}/`;
  const lifted = path.startsWith(images) ? path.slice(images.length) : path;
  if (lifted.startsWith('licenses/')) return 'licenses.tar.gz';
  if (lifted.startsWith('rpi-eeprom/secure-boot-lock/')) return 'secure-boot-lock.tar.gz';
  return lifted.replace(/^cyclonedx-export\//, 'cyclonedx/');
}

function problemsOfKeys(required: RequiredAssets, sizes: ReadonlyMap<string, number>): readonly Problem[] {
  const keys = [...sizes.keys()];
  return [
    ...required.keys.filter((key) => !sizes.has(key)).map((key) => problem(key, 'is missing')),
    ...required.prefixes
      .filter((prefix) => !keys.some((key) => key.startsWith(prefix)))
      .map((prefix) => problem(prefix, 'has no parts')),
    ...keys
      .filter((key) => sizes.get(key) === 0 && (required.keys.includes(key) || PART_FOLDER.test(key)))
      .map((key) => problem(key, 'is empty')),
  ];
}

function problemsOfUnreadManifests(
  sizes: ReadonlyMap<string, number>,
  manifests: readonly ImageManifestParts[],
): readonly Problem[] {
  const read = new Set(manifests.map((manifest) => manifest.name));
  return [
    ...[...sizes.keys()]
      .filter((key) => IMAGE_MANIFEST.test(key) && !read.has(key))
      .map((key) => problem(key, 'could not be read, so its parts are not checked')),
    ...[...read]
      .filter((name) => !sizes.has(name))
      .map((name) => problem(name, 'lists parts but is no asset itself')),
  ];
}

function problemsOfManifest(
  manifest: ImageManifestParts,
  sizes: ReadonlyMap<string, number>,
): readonly Problem[] {
  const folder = partFolderOf(manifest.name);
  if (folder === undefined) return [problem(manifest.name, 'is no image manifest name')];
  if (manifest.parts.length === 0) return [problem(manifest.name, 'lists no parts')];
  const found = [...sizes.keys()].filter((key) => key.startsWith(folder)).length;
  const count =
    found === manifest.parts.length
      ? []
      : [problem(manifest.name, `lists ${manifest.parts.length} parts, ${folder} has ${found}`)];
  const parts = manifest.parts.flatMap((part, index) => {
    const key = folder + part.filename;
    const isRepeated = manifest.parts.findIndex((other) => other.filename === part.filename) !== index;
    if (isRepeated) return [problem(manifest.name, `lists ${part.filename} twice`)];
    const sizeBytes = sizes.get(key);
    if (sizeBytes === undefined) return [problem(key, `is missing; ${manifest.name} lists it`)];
    if (sizeBytes === part.zLen) return [];
    return [problem(key, `has ${sizeBytes} bytes, ${manifest.name} says zLen ${part.zLen}`)];
  });
  return [...count, ...parts];
}

function problemsOfExtraParts(
  sizes: ReadonlyMap<string, number>,
  manifests: readonly ImageManifestParts[],
): readonly Problem[] {
  const listed = new Set(
    manifests.flatMap(({ name, parts }) => parts.map((part) => `${partFolderOf(name)}${part.filename}`)),
  );
  return [...sizes.keys()]
    .filter((key) => PART_FOLDER.test(key) && !listed.has(key))
    .map((key) => problem(key, 'is a part that no image manifest lists'));
}

function partFolderOf(manifestName: string): string | undefined {
  const suffix = IMAGE_MANIFEST.exec(manifestName)?.[1];
  return suffix === undefined ? undefined : `compressed${suffix}/`;
}

function matches(pattern: string, key: string): boolean {
  const [before = '', after] = pattern.split('*');
  if (after === undefined) return key === pattern;
  if (key.length <= before.length + after.length) return false;
  // `*.manifest` is a file at the top, `cyclonedx/*` everything below.
  return key.startsWith(before) && key.endsWith(after) && (before !== '' || !key.includes('/'));
}

function problem(at: string, message: string): Problem {
  return { at, message };
}
