import { createHash, randomFillSync } from 'node:crypto';
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

const MEBIBYTE = 1024 * 1024;

/** Files of a folder with what a release manifest says of them. */
export interface UploadFiles {
  readonly folder: string;
  readonly files: readonly { readonly name: string; readonly sizeBytes: number; readonly sha256: string }[];
}

/** One file of random bytes. */
export function makeOneFile(folder: string, mebibytes: number): UploadFiles {
  return { folder, files: [makeFile(folder, 'balena.img', mebibytes * MEBIBYTE)] };
}

/** Files from 1 KiB to 8 MiB, as many small as large by order of magnitude, in folders of fifty: about 0.9 MiB each. */
export function makeMixedFiles(folder: string, count: number): UploadFiles {
  const sizeOf = (index: number): number => Math.round(1024 * 8192 ** (index / Math.max(1, count - 1)));
  const files = Array.from({ length: count }, (_, index) =>
    makeFile(folder, `part-${index % Math.ceil(count / 50)}/file-${index}.bin`, sizeOf(index)),
  );
  return { folder, files };
}

/** Writes the list that `upload-with-osrel.ts` reads, outside of the folder, and gives its path. */
export function writeUploadList(upload: UploadFiles): string {
  const list = `${upload.folder}.json`;
  writeFileSync(list, JSON.stringify(upload));
  return list;
}

/** Removes folder and list. */
export function removeUpload({ folder }: UploadFiles): void {
  rmSync(folder, { recursive: true, force: true });
  rmSync(`${folder}.json`, { force: true });
}

function makeFile(folder: string, name: string, sizeBytes: number) {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  const block = Buffer.alloc(Math.min(sizeBytes, MEBIBYTE));
  const hash = createHash('sha256');
  const handle = openSync(path, 'w');
  for (let left = sizeBytes; left > 0; left -= block.length) {
    const piece = randomFillSync(block).subarray(0, Math.min(left, block.length));
    hash.update(piece);
    writeSync(handle, piece);
  }
  closeSync(handle);
  return { name, sizeBytes, sha256: hash.digest('hex') };
}
