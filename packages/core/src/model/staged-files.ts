import { createHash } from 'node:crypto';
import type { ArtifactRole } from './artifact.ts';
import { assetKeyOf } from './release-assets.ts';
import type { StagedFile } from './staged-file.ts';

/** The parts of a finished build that the deploy folder is made from; see the step `stage-files`. */
export interface BuiltRelease {
  readonly machine: string;
  readonly root: string;
  readonly hasChangelog: boolean;
  readonly services: readonly {
    readonly service: string;
    readonly imageClass: string;
    readonly imageOutput: string;
    readonly built: {
      readonly assetRoot: string;
      readonly archive: { readonly path: string; readonly sha256: string };
      readonly assets: readonly string[];
    };
  }[];
  readonly images: readonly {
    readonly name: string;
    readonly file: { readonly path: string; readonly sha256: string };
  }[];
  readonly prepared: readonly {
    readonly variant: string;
    readonly manifestPath: string;
    readonly partsDirectory: string;
    readonly parts: readonly string[];
    readonly blockMapPath: string;
  }[];
  /** Image folders of an `archive` device type: their name, and their files by path inside. */
  readonly imageFolders: readonly {
    readonly name: string;
    readonly files: readonly { readonly path: string; readonly source: string; readonly sha256: string }[];
  }[];
  readonly texts: readonly { readonly name: string; readonly text: string }[];
}

export interface PlannedFile {
  readonly file: StagedFile;
  /** Known before staging: lets a finished folder be recognised without the build's other files. */
  readonly sha256?: string;
  readonly service?: string;
  readonly imageClass?: string;
}

/** Where the reference's build container has the repository: links to there lead nowhere (balena-workflow 4.7). */
const CONTAINER_ROOT = '/work/';

/** Folders of the asset root that travel as one archive (balena-workflow 5.6). */
const ARCHIVED = [
  {
    pattern: /^licenses\//,
    source: 'licenses',
    name: 'licenses.tar.gz',
    prefix: 'licenses',
    droppedTargets: [CONTAINER_ROOT],
  },
  {
    pattern: /^images\/[^/]+\/rpi-eeprom\/secure-boot-lock\//,
    source: '',
    name: 'secure-boot-lock.tar.gz',
    prefix: '',
    droppedTargets: [],
  },
] as const;

/** Every file of the deploy folder with where it comes from, each name once, sorted. */
export function listStagedFiles(built: BuiltRelease): readonly PlannedFile[] {
  const files = [
    ...built.services.flatMap((service) => filesOfService(service, built.machine)),
    ...built.prepared.flatMap(filesOfImage),
    ...built.imageFolders.flatMap(filesOfImageFolder),
    ...built.images.map(
      ({ name, file }): PlannedFile => ({
        file: { kind: 'file', name, source: file.path },
        sha256: file.sha256,
      }),
    ),
    ...built.texts.map(
      ({ name, text }): PlannedFile => ({ file: { kind: 'text', name, text }, sha256: sha256Of(text) }),
    ),
    ...(built.hasChangelog ? [fromRoot(built.root, 'CHANGELOG.md')] : []),
  ];
  const byName = new Map(files.map((each) => [each.file.name, each]));
  return [...byName.values()].sort((a, b) => (a.file.name < b.file.name ? -1 : 1));
}

/** Role of a file in the release manifest, by its name in the deploy folder; archives by the class of their service. */
export function manifestRoleOf(name: string, imageClass: string | undefined): ArtifactRole {
  if (imageClass !== undefined) return imageClass === 'hostapp' ? 'hostapp' : 'extension';
  const rule = ROLE_RULES.find(([pattern]) => pattern.test(name));
  return rule === undefined ? 'asset' : rule[1];
}

const ROLE_RULES: readonly (readonly [RegExp, ArtifactRole])[] = [
  [/^image\/balena(-[a-z]+)?\.img\.bmap$/, 'block-map'],
  [/^image\//, 'image'],
  [/^image(-[a-z]+)?\.json$/, 'image-manifest'],
  [/^compressed(-[a-z]+)?\//, 'image-part'],
  [/^(VERSION|VERSION_HOSTOS)$/, 'version'],
  [/^device-type\.json$/, 'device-type'],
  [/^CHANGELOG\.md$/, 'changelog'],
  [/^cyclonedx\//, 'sbom'],
  [/^licenses\.tar\.gz$/, 'licences'],
  [/^kernel_modules_headers\.tar\.gz$/, 'kernel-headers'],
  [/^contract\.json$/, 'contract'],
  [/^composition\.json$/, 'composition'],
  [/\.manifest$/, 'manifest'],
  [/^[^/]+\.zip$/, 'image-archive'],
];

function filesOfService(service: BuiltRelease['services'][number], machine: string): readonly PlannedFile[] {
  const isHostapp = service.imageClass === 'hostapp';
  const { assetRoot, archive, assets } = service.built;
  const archiveFile: PlannedFile = {
    file: {
      kind: 'file',
      name: `${isHostapp ? 'hostapp' : 'extension'}/${service.imageOutput}`,
      source: archive.path,
    },
    sha256: archive.sha256,
    service: service.service,
    imageClass: service.imageClass,
  };
  // osrel makes these itself, from the very images it publishes; what an earlier run left behind does not count.
  const own = /^images\/[^/]+\/(image(-[a-z]+)?\.(json|bmap)$|compressed(-[a-z]+)?\/)/;
  const plain = assets.filter((path) => !own.test(path) && !ARCHIVED.some((each) => each.pattern.test(path)));
  const extension = isHostapp ? {} : { service: service.service };
  const archived = ARCHIVED.filter((each) => isHostapp && assets.some((path) => each.pattern.test(path)));
  return [
    archiveFile,
    ...plain.map(
      (path): PlannedFile => ({
        file: {
          kind: 'file',
          name: assetKeyOf({ path, machine, ...extension }),
          source: `${assetRoot}/${path}`,
        },
        ...extension,
      }),
    ),
    ...archived.map(
      (each): PlannedFile => ({
        file: {
          kind: 'archive',
          name: each.name,
          source: `${assetRoot}/${each.source || lockFolder(machine)}`,
          prefix: each.prefix,
          droppedTargets: each.droppedTargets,
        },
      }),
    ),
  ];
}

function filesOfImage(image: BuiltRelease['prepared'][number]): readonly PlannedFile[] {
  const suffix = image.variant === '' ? '' : `-${image.variant}`;
  return [
    { file: { kind: 'file', name: `image${suffix}.json`, source: image.manifestPath } },
    fromPath(`image/balena${suffix}.img.bmap`, image.blockMapPath),
    ...image.parts.map(
      (part): PlannedFile => ({
        file: {
          kind: 'file',
          name: `compressed${suffix}/${part}`,
          source: `${image.partsDirectory}/${part}`,
        },
      }),
    ),
  ];
}

/** As it was built for tests, and as one zip file for publication (balena-automation 2.5). */
function filesOfImageFolder({ name, files }: BuiltRelease['imageFolders'][number]): readonly PlannedFile[] {
  return [
    ...files.map(
      ({ path, source, sha256 }): PlannedFile => ({ ...fromPath(`image/${name}/${path}`, source), sha256 }),
    ),
    {
      file: {
        kind: 'zip',
        name: `${name}.zip`,
        files: files.map(({ path, source }) => ({ path, source })),
      },
    },
  ];
}

function fromRoot(root: string, name: string): PlannedFile {
  return fromPath(name, `${root}/${name}`);
}

function fromPath(name: string, source: string): PlannedFile {
  return { file: { kind: 'file', name, source } };
}

function lockFolder(machine: string): string {
  return `images/${machine}/rpi-eeprom/secure-boot-lock`;
}

function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
