import { createWriteStream } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { KeptLog, Redactor } from '@osrel/core';
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
  readonly content: KeptLog['content'];
  readonly kind: KeptLog['kind'];
  readonly redactor: Pick<Redactor, 'stream'>;
}

/**
 * Copies what a tool left behind, of any size, to `logs/<step>/<name>`. In a text every secret is hidden, also one that
 * lies across two reads. A file that does not exist is nothing to keep. Throws tool `disk.full` as every write does.
 */
export async function keepLog({
  folder,
  stepId,
  name,
  content,
  kind,
  redactor,
}: KeepLogRequest): Promise<void> {
  const source = await openSource(content, kind);
  if (source === undefined) return;
  const logs = join(folder, 'logs', segmentOf(stepId));
  const target = join(logs, segmentOf(name));
  const temporary = temporaryPath(logs);
  try {
    await makeFolder(logs);
    await pipeline(
      source.chunks,
      kind === 'text' ? hideSecrets(redactor) : (chunks) => chunks,
      createWriteStream(temporary, { flags: 'wx', flush: true }),
    );
    await rename(temporary, target);
  } catch (error) {
    throw writeError(error, target);
  } finally {
    await source.close();
    await rm(temporary, { force: true });
  }
}

function hideSecrets(redactor: KeepLogRequest['redactor']) {
  const hidden = redactor.stream();
  return async function* redact(chunks: AsyncIterable<unknown>) {
    for await (const chunk of chunks) yield hidden.push(String(chunk));
    yield hidden.end();
  };
}

async function openSource(content: KeptLog['content'], kind: KeptLog['kind']) {
  if ('text' in content) return { chunks: Readable.from([content.text]), close: async () => undefined };
  const file = await openIfPresent(content.path);
  if (file === undefined) return undefined;
  const encoding = kind === 'text' ? ({ encoding: 'utf8' } as const) : {};
  const chunks = file.createReadStream({ ...encoding, highWaterMark: 1 << 20, autoClose: false });
  return { chunks, close: () => file.close() };
}

async function openIfPresent(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
