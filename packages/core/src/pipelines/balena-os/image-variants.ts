import { assertNever } from '../../errors/assert-never.ts';
import type { DeviceType } from '../../model/device-type.ts';

type Artifacts = Pick<
  DeviceType,
  'imageKind' | 'deployArtifact' | 'deployFlasherArtifact' | 'deployRawArtifact'
>;

/** A disk image of a device type; variant `` is the main one. */
export interface ImageVariant {
  readonly variant: '' | 'flasher' | 'raw';
  /** File name in the machine's images folder. */
  readonly artifact: string;
  /** Name in the deploy folder. */
  readonly name: string;
}

/** What a device type's build leaves for the medium (balena-automation 2.5): disk images, folders, or nothing. */
export interface ImageArtifacts {
  readonly variants: readonly ImageVariant[];
  /** Folder names in the machine's images folder. */
  readonly folders: readonly string[];
}

/** Standard types have one to three disk images, archive types folders; `edge` and `docker-image` have none (balena-workflow 4.7). */
export function imageArtifactsOf(deviceType: Artifacts): ImageArtifacts {
  const variants = listVariants(deviceType);
  switch (deviceType.imageKind) {
    case 'standard':
      return { variants, folders: [] };
    case 'archive':
      return { variants: [], folders: variants.map(({ artifact }) => artifact) };
    case 'edge':
    case 'docker-image':
      return { variants: [], folders: [] };
    default:
      return assertNever(deviceType.imageKind);
  }
}

function listVariants(deviceType: Artifacts): readonly ImageVariant[] {
  const { deployArtifact, deployFlasherArtifact, deployRawArtifact } = deviceType;
  return [
    { variant: '', artifact: deployArtifact, name: 'image/balena.img' },
    ...(deployFlasherArtifact === undefined
      ? []
      : [
          {
            variant: 'flasher' as const,
            artifact: deployFlasherArtifact,
            name: 'image/balena-flasher.img',
          },
        ]),
    ...(deployRawArtifact === undefined
      ? []
      : [{ variant: 'raw' as const, artifact: deployRawArtifact, name: 'image/balena-raw.img' }]),
  ];
}
