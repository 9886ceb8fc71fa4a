import { conflict, type OsrelError } from '../errors/osrel-error.ts';
import type { MachineImage, MachineImageOrigin, MachineImages } from '../ports/machine-images.ts';

/** The release's own image of that name; undefined when nothing has the name. Throws conflict `machine-image.name-taken`. */
export async function findOwnMachineImage(
  wanted: MachineImageOrigin & { readonly name: string },
  machineImages: Pick<MachineImages, 'findImage'>,
  signal: AbortSignal,
): Promise<MachineImage | undefined> {
  const image = await machineImages.findImage(wanted.name, signal);
  if (image === undefined || isOfOrigin(image, wanted)) return image;
  throw machineImageNameTaken(image, wanted);
}

/** Whether the image was made from these bytes for this release. */
export function isOfOrigin(image: MachineImage, { mark, sha256 }: MachineImageOrigin): boolean {
  return image.origin?.mark === mark && image.origin.sha256 === sha256;
}

/** Explains whose image has the name; nothing is ever renamed or replaced (balena-workflow 10.4). */
export function machineImageNameTaken(
  image: Pick<MachineImage, 'id' | 'name' | 'origin'>,
  wanted: { readonly mark: string; readonly sha256?: string },
): OsrelError {
  const owner =
    image.origin === null
      ? 'osrel did not make it'
      : image.origin.mark === wanted.mark
        ? 'it was made for this release, from another build'
        : 'it belongs to another release: this version from other source, or of another organization';
  return conflict('machine-image.name-taken', `${image.name} is taken by ${image.id}: ${owner}`, {
    hint: `look at it; deregister it if nobody uses it (aws ec2 deregister-image --image-id ${image.id}), or raise VERSION`,
    details: {
      imageId: image.id,
      mark: image.origin?.mark ?? null,
      sha256: image.origin?.sha256 ?? null,
      wanted: { mark: wanted.mark, sha256: wanted.sha256 ?? null },
    },
  });
}
