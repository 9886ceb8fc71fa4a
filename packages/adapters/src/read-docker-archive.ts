import { z } from 'zod';
import { type ArchiveRange, type ArchiveTar, archiveDamaged, readArchiveJson } from './archive-tar.ts';

/** A docker archive's one image, read but not trusted: layers are ranges to be digested. */
export interface DockerArchive {
  readonly configText: string;
  /** Base layer first. */
  readonly layers: readonly ArchiveRange[];
  /** `sha256:<hex>` of each uncompressed layer, as the config promises. */
  readonly diffIds: readonly string[];
}

/** The index that makes a tar a docker archive. */
export const DOCKER_INDEX = 'manifest.json';

/** What every image config says about its layers. */
export const imageConfigSchema = z.object({
  rootfs: z.object({ diff_ids: z.array(z.string().regex(/^sha256:[0-9a-f]{64}$/)) }),
});

const indexSchema = z.array(z.object({ Config: z.string(), Layers: z.array(z.string()) }));

/**
 * Reads the index of a docker archive (an uncompressed tar with manifest.json, as `docker save` writes it).
 * Throws integrity `image.archive-damaged` naming the file and what is missing or malformed.
 */
export async function parseDockerArchive({ file, find }: ArchiveTar): Promise<DockerArchive> {
  const get = (name: string, role: string) => {
    const range = find(name);
    if (range === undefined)
      throw archiveDamaged(file, `its ${role} "${name}" is missing; the archive may be cut short`);
    return range;
  };
  const images = await readArchiveJson(file, get(DOCKER_INDEX, 'index'), indexSchema);
  const [image] = images.value;
  if (image === undefined || images.value.length > 1) {
    throw archiveDamaged(file, `manifest.json lists ${images.value.length} images, one is needed`);
  }
  const config = await readArchiveJson(file, get(image.Config, 'image config'), imageConfigSchema);
  const diffIds = config.value.rootfs.diff_ids;
  if (diffIds.length !== image.Layers.length) {
    throw archiveDamaged(
      file,
      `manifest.json lists ${image.Layers.length} layers, the image config ${diffIds.length}`,
    );
  }
  const layers = image.Layers.map((name, index) => get(name, `layer ${index + 1} of ${diffIds.length}`));
  return { configText: config.text, layers, diffIds };
}
