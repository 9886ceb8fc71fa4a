import { createWriteStream } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Redactor } from '@osrel/core';
import { isMissing } from '../if-present.ts';
import { makeFolder } from './atomic-file.ts';
import { writeError } from './file-errors.ts';
import { segmentOf } from './safe-segments.ts';
import { temporaryPath } from './temporary-file.ts';

export interface KeepLogRequest {
  /** Absolute path of the run's folder. */
  readonly folder: string;
  readonly stepId: string;
  /** File name to keep it under. */
  readonly name: string;
  /** Absolute path of the log; may be of any size. */
  readonly path: string;
  readonly redactor: Pick<Redactor, 'stream'>;
}

/**
 * Copies a log that a tool left behind to `logs/<step>/<name>`, with every secret hidden, also one that lies across two
 * reads. A log that does not exist is nothing to keep. Throws tool `disk.full` as every write does.
 */
export async function keepLog({ folder, stepId, name, path, redactor }: KeepLogRequest): Promise<void> {
  const log = await openIfPresent(path);
  if (log === undefined) return;
  const logs = join(folder, 'logs', segmentOf(stepId));
  const target = join(logs, segmentOf(name));
  const temporary = temporaryPath(logs);
  const hidden = redactor.stream();
  try {
    await makeFolder(logs);
    await pipeline(
      log.createReadStream({ encoding: 'utf8', highWaterMark: 1 << 20, autoClose: false }),
      async function* redact(chunks: AsyncIterable<string>) {
        for await (const chunk of chunks) yield hidden.push(chunk);
        yield hidden.end();
      },
      createWriteStream(temporary, { flags: 'wx', flush: true }),
    );
    await rename(temporary, target);
  } catch (error) {
    throw writeError(error, target);
  } finally {
    await log.close();
    await rm(temporary, { force: true });
  }
}

async function openIfPresent(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
