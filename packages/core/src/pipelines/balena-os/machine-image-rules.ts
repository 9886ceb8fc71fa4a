import type { MachineImagesConfig } from '../../config/config.ts';
import type { DeviceType } from '../../model/device-type.ts';
import type { Decision } from '../../plan/plan.ts';
import type { MachineImage, MachineImageArchitecture } from '../../ports/machine-images.ts';
import { machineImageNameTaken } from '../../steps/own-machine-image.ts';
import { imageArtifactsOf } from './image-variants.ts';
import type { Situation } from './situation.ts';
import { isStagedFromSource } from './staged-source.ts';

/** What was found under the name of this release's machine image. */
export interface MachineImageFacts {
  readonly id: string;
  readonly name: string;
  readonly mark: string | null;
  readonly sha256: string | null;
  readonly test: MachineImage['test'];
}

const ARCHITECTURES: Readonly<Record<string, MachineImageArchitecture>> = {
  amd64: 'x86_64',
  aarch64: 'arm64',
};

/** `balenaOS-<version>-<slug>`: a name of a machine image has no plus sign (balena-workflow 10.1). */
export function machineImageName(slug: string, version: string): string {
  return `balenaOS-${version.replaceAll('+', '-')}-${slug}`;
}

/** Where the raw disk image lies in the bucket for imports while it is imported; the mark of the release tells them apart. */
export function machineImageKey(mark: string): string {
  return `osrel-machine-images/${mark}/balena.img`;
}

/**
 * The disk image that a virtual machine boots from as it is: the raw one, else the main one unless that is a flasher.
 * @returns its name in the deploy folder
 */
export function rawImageOf(
  deviceType: Pick<
    DeviceType,
    'imageKind' | 'deployArtifact' | 'deployFlasherArtifact' | 'deployRawArtifact'
  >,
): string | undefined {
  const { variants } = imageArtifactsOf(deviceType);
  const raw = variants.find(({ variant }) => variant === 'raw');
  if (raw !== undefined) return raw.name;
  return variants.find(({ variant, artifact }) => variant === '' && !artifact.includes('flasher'))?.name;
}

/** What of a release decides about its machine image. */
export type MachineImageSituation = Pick<
  Situation,
  'facts' | 'config' | 'environment' | 'versionText' | 'mark'
>;

export type MachineImageWish =
  | { readonly kind: 'none' }
  | { readonly kind: 'skip'; readonly decision: Decision }
  | {
      readonly kind: 'make';
      readonly settings: MachineImagesConfig;
      readonly name: string;
      readonly image: string;
    };

/**
 * Whether this release gets a machine image: only where the environment says so, for a device type of its architecture
 * with a disk image that boots, and once.
 * @throws conflict `machine-image.name-taken` when the name belongs to something else
 */
export function decideMachineImage({
  facts,
  config,
  environment,
  versionText,
  mark,
}: MachineImageSituation): MachineImageWish {
  const settings = config.environments[environment]?.machineImages ?? null;
  if (settings === null) return { kind: 'none' };
  const { slug, arch } = facts.deviceType;
  const name = machineImageName(slug, versionText);
  if (ARCHITECTURES[arch] !== settings.architecture) {
    const because = `${slug} is ${arch}, and ${environment} makes machine images for ${settings.architecture}`;
    return { kind: 'skip', decision: skip(because, environment) };
  }
  const image = rawImageOf(facts.deviceType);
  if (image === undefined)
    return {
      kind: 'skip',
      decision: skip(`${slug} has no disk image that boots without a flasher`, environment),
    };
  const found = facts.machineImage ?? null;
  if (found !== null && found.mark !== mark) {
    const origin =
      found.mark === null || found.sha256 === null ? null : { mark: found.mark, sha256: found.sha256 };
    throw machineImageNameTaken({ id: found.id, name, origin }, { mark });
  }
  if (found !== null && found.test !== 'pending')
    return {
      kind: 'skip',
      decision: { ...skip(`${name} is there: ${found.id}`, environment), outcome: 'adopt' },
    };
  return { kind: 'make', settings, name, image };
}

/**
 * Whether a release that is otherwise finished still lacks its machine image, and what it is made of is here. A release
 * that would have to be built again for it counts as finished: its bytes are out already.
 */
export function isMachineImageDue(
  situation: MachineImageSituation & Pick<Situation, 'sourceSha' | 'wants'>,
): boolean {
  const { wants } = situation;
  return (
    wants.finalize &&
    !wants.build &&
    isStagedFromSource(situation) &&
    decideMachineImage(situation).kind === 'make'
  );
}

function skip(because: string, environment: string): Decision {
  return {
    rule: 'machine-image.make',
    outcome: 'skip',
    because,
    stage: 'finalize',
    origin: `osrel.yml: environments.${environment}.machine-images`,
  };
}
