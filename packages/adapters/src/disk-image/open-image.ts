import { type FileHandle, open } from 'node:fs/promises';
import { badUsage, conflict, notPermitted, type OsrelError } from '@osrel/core';

/** A disk image opened for reading; all positions and sizes in bytes. */
export interface OpenImage {
  readonly path: string;
  readonly sizeBytes: number;
  /** Fills `target` from `position`. Throws `image.changed` when the file has become shorter meanwhile. */
  readInto(target: Buffer, position: number): Promise<void>;
  /** Throws `image.changed` when size or time of the file are not what they were when it was opened. */
  refuseIfChanged(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a raw disk image. Throws `image.not-found`, `image.not-a-file` (folders, devices: their size is not known
 * beforehand) or `image.unreadable`.
 */
export async function openImage(path: string): Promise<OpenImage> {
  const handle = await openForReading(path);
  const stats = await handle.stat();
  if (!stats.isFile()) {
    await handle.close();
    throw badUsage('image.not-a-file', `${path} is not a regular file`, {
      hint: 'name the raw disk image, for example balena-image-raspberrypi4-64.img',
    });
  }
  return {
    path,
    sizeBytes: stats.size,
    readInto: (target, position) => fill({ handle, path }, target, position),
    refuseIfChanged: async () => {
      const now = await handle.stat();
      if (now.size === stats.size && now.mtimeMs === stats.mtimeMs) return;
      throw changed(`${path} was written to while it was being read (${stats.size} bytes, now ${now.size})`);
    },
    close: () => handle.close(),
  };
}

/** Reads `length` bytes at `position` into a new buffer. */
export async function readBytes(image: OpenImage, position: number, length: number): Promise<Buffer> {
  const target = Buffer.allocUnsafe(length);
  await image.readInto(target, position);
  return target;
}

async function openForReading(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw badUsage('image.not-found', `there is no image ${path}`, {
        hint: 'check the path; a build writes it to build/tmp/deploy/images/<machine>/',
        cause: error,
      });
    }
    if (code === 'EACCES' || code === 'EPERM') {
      throw notPermitted('image.unreadable', `${path} may not be read by this user`, { cause: error });
    }
    throw error;
  }
}

async function fill(
  file: { readonly handle: FileHandle; readonly path: string },
  target: Buffer,
  position: number,
): Promise<void> {
  let filled = 0;
  while (filled < target.length) {
    const { bytesRead } = await file.handle.read(target, filled, target.length - filled, position + filled);
    if (bytesRead === 0) {
      throw changed(`${file.path} ended at byte ${position + filled} while it was being read`);
    }
    filled += bytesRead;
  }
}

const changed = (message: string): OsrelError =>
  conflict('image.changed', message, {
    hint: 'something still writes this image: wait for the build to end, then run again',
  });
