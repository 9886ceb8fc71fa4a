import type { PublishedFile } from '../model/published-files.ts';
import type { ObjectStore, PutFileRequest } from '../ports/object-store.ts';
import type { DueObject } from './compare-objects.ts';
import { runInParallel } from './run-in-parallel.ts';
import type { StepRun } from './step-kind.ts';

/** Objects at once; the store adapter splits large ones by itself and bounds what is in memory. */
const PARALLEL_OBJECTS = 16;

export interface ObjectSending {
  readonly store: ObjectStore;
  /** Folder in the store, without a slash at its end. */
  readonly prefix: string;
  /** Absolute path of the folder that the files lie in. */
  readonly directory: string;
  readonly visibility: PutFileRequest['visibility'];
  /** Bytes of everything that will be sent, for the progress. */
  readonly totalBytes: number;
  readonly signal: AbortSignal;
  readonly progress: StepRun['progress'];
}

/**
 * A function that sends what is due, many at once, the largest first, so that no large file is begun when nothing is left
 * to send beside it. Called again it goes on counting. What somebody else wrote meanwhile is not overwritten.
 */
export function createObjectSender(to: ObjectSending): (due: readonly DueObject[]) => Promise<void> {
  let sentBytes = 0;
  const send = async ({ file: { name, ...content }, found }: DueObject): Promise<void> => {
    to.signal.throwIfAborted();
    await to.store.putFile({
      ...content,
      key: `${to.prefix}/${name}`,
      file: `${to.directory}/${name}`,
      visibility: to.visibility,
      expected: found === undefined ? { kind: 'absent' } : { kind: 'etag', etag: found.etag },
      signal: to.signal,
      onSent: (bytes) => {
        sentBytes += bytes;
        to.progress(Math.min(sentBytes, to.totalBytes), to.totalBytes, 'bytes');
      },
    });
  };
  return (due) =>
    runInParallel(
      due.toSorted((a, b) => b.file.sizeBytes - a.file.sizeBytes),
      PARALLEL_OBJECTS,
      send,
    );
}

/** Bytes of all files. */
export function sizeOfFiles(files: readonly Pick<PublishedFile, 'sizeBytes'>[]): number {
  return files.reduce((sum, file) => sum + file.sizeBytes, 0);
}
