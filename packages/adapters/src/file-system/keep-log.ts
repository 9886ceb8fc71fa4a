import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Redactor } from '@osrel/core';
import { makeFolder } from './atomic-file.ts';
import { isMissing, writeError } from './file-errors.ts';
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
  const target = join(folder, 'logs', segmentOf(stepId), segmentOf(name));
  await makeFolder(join(folder, 'logs', segmentOf(stepId)));
  const temporary = temporaryPath(join(folder, 'logs', segmentOf(stepId)));
  const hidden = redactor.stream();
  try {
    await pipeline(
      createReadStream(path, { encoding: 'utf8', highWaterMark: 1 << 20 }),
      async function* redact(chunks: AsyncIterable<string>) {
        for await (const chunk of chunks) yield hidden.push(chunk);
        yield hidden.end();
      },
      createWriteStream(temporary, { flags: 'wx', flush: true }),
    );
    await rename(temporary, target);
  } catch (error) {
    if (isMissing(error)) return;
    throw writeError(error, target);
  } finally {
    await rm(temporary, { force: true });
  }
}
