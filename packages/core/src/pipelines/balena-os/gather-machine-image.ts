import { formatOsVersion, type OsVersion } from '../../model/os-version.ts';
import type { PlanRequest } from '../../plan-release-types.ts';
import type { Ports } from '../../ports/ports.ts';
import { type MachineImageFacts, machineImageName } from './machine-image-rules.ts';

/**
 * The image that has this release's name, asked for only where the environment makes machine images.
 * @returns null when there is none, undefined when it was not asked for
 */
export async function gatherMachineImage(
  request: Pick<PlanRequest, 'config' | 'environment'>,
  target: { readonly slug: string; readonly version: OsVersion },
  ports: Pick<Ports, 'machineImages'>,
): Promise<MachineImageFacts | null | undefined> {
  if ((request.config.environments[request.environment]?.machineImages ?? null) === null) return undefined;
  const image = await ports.machineImages.findImage(
    machineImageName(target.slug, formatOsVersion(target.version)),
  );
  if (image === undefined) return null;
  const { id, name, origin, test } = image;
  return { id, name, mark: origin?.mark ?? null, sha256: origin?.sha256 ?? null, test };
}
