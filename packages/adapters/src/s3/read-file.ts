import type { FileHandle } from 'node:fs/promises';
import { integrityBroken, type PutFileRequest } from '@osrel/core';

export interface OpenFile {
  readonly request: PutFileRequest;
  readonly handle: FileHandle;
}

/** @throws integrity when the file ended before all was read */
export function checkRead(readBytes: number, wanted: { readonly position: number; readonly bytes: number }) {
  if (readBytes === wanted.bytes) return;
  throw integrityBroken(
    'store.file-changed',
    `the file ended at byte ${wanted.position + readBytes} while it was read`,
    {
      hint: 'nothing may change built files while they are published; build again if something did',
    },
  );
}

/** @throws integrity when the content is not what was announced */
export function checkDigest(request: PutFileRequest, sha256: string | null): void {
  if (sha256 === request.sha256) return;
  throw notAnnounced(request, `its sha256 is ${sha256} instead of ${request.sha256}`);
}

export function notAnnounced({ key, file }: PutFileRequest, how: string) {
  return integrityBroken(
    'store.content-differs',
    `file ${file} for "${key}" is not what was announced: ${how}`,
    {
      hint: 'the file changed after it was staged; run the command again to stage it anew',
    },
  );
}
