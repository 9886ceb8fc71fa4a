import { stat } from 'node:fs/promises';
import { integrityBroken } from '@osrel/core';
import { archiveDamaged, indexArchiveTar } from '../archive-tar.ts';
import { isMissing } from '../if-present.ts';
import type { LayerRange } from '../layer-content.ts';
import { DOCKER_INDEX, parseDockerArchive } from '../read-docker-archive.ts';
import { folderFiles, tarFiles } from './archive-files.ts';
import { readOciImage } from './read-oci-image.ts';

/** A layer with the digest that its uncompressed content must have. */
export interface PromisedLayer extends LayerRange {
  /** `sha256:<hex>`. */
  readonly diffId: string;
}

/** The one image of an archive or a folder. */
export interface ArchivedImage {
  /** Byte for byte: its digest is the image id that the build made. */
  readonly configText: string;
  /** Base layer first. */
  readonly layers: readonly PromisedLayer[];
  /** Throws integrity `image.archive-digest` when the archive is no longer the one that was checked. */
  readonly checkUnchanged: () => Promise<void>;
}

export interface ArchiveQuestion {
  readonly archive: string;
  readonly archiveSha256: string | null;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads what an archive holds: once through, for its digest too. Throws integrity `image.archive-damaged` and
 * `image.archive-digest`.
 */
export async function readImageArchive(question: ArchiveQuestion): Promise<ArchivedImage> {
  const { archive, archiveSha256, signal } = question;
  const before = await identify(archive);
  if (before.isFolder)
    return { ...(await readOciImage(folderFiles(archive))), checkUnchanged: async () => {} };
  const tar = await indexArchiveTar(archive, signal);
  if (archiveSha256 !== null && tar.sha256 !== archiveSha256) {
    throw otherDigest(archive, `has sha256 ${tar.sha256}, announced was ${archiveSha256}`);
  }
  const checkUnchanged = async () => {
    if ((await identify(archive)).mark !== before.mark)
      throw otherDigest(archive, 'changed while it was read');
  };
  if (tar.find(DOCKER_INDEX) === undefined && tar.find('index.json') !== undefined)
    return { ...(await readOciImage(tarFiles(tar))), checkUnchanged };
  const { configText, layers, diffIds } = await parseDockerArchive(tar);
  const promised = layers.map((range, index) => ({ file: archive, range, diffId: diffIds[index] ?? '' }));
  return { configText, layers: promised, checkUnchanged };
}

async function identify(path: string): Promise<{ readonly isFolder: boolean; readonly mark: string }> {
  try {
    const found = await stat(path, { bigint: true });
    return {
      isFolder: found.isDirectory(),
      mark: [found.dev, found.ino, found.size, found.mtimeNs].join(' '),
    };
  } catch (error) {
    throw isMissing(error) ? archiveDamaged(path, 'the file does not exist', error) : error;
  }
}

function otherDigest(archive: string, what: string) {
  return integrityBroken('image.archive-digest', `docker archive ${archive} ${what}`, {
    hint: 'the archive changed after the build; build it again',
  });
}
