// An upload of osrel that is killed (SIGKILL) half-way and gone on with by another process: how much is sent twice, as
// counted on the way to a real S3 server. Medians of all rounds.
// Usage: [OSREL_TEST_RGW=<root of a Debian with a newer radosgw>]
//        node bench/upload-resume.ts [--rounds N] [--megabytes N] [--files N]
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { startCountingProxy } from '../test/servers/radosgw/counting-proxy.ts';
import {
  makeMixedFiles,
  makeOneFile,
  removeUpload,
  type UploadFiles,
  writeUploadList,
} from './parts/make-upload-files.ts';
import { median } from './parts/median.ts';
import { readFlag } from './parts/read-flag.ts';
import { openS3Place, type S3Place } from './parts/s3-place.ts';

const rounds = readFlag('rounds', 3);

function startUpload(place: S3Place, endpoint: string, words: readonly string[]): ChildProcess {
  return spawn(process.execPath, [place.uploader, endpoint, place.bucket, ...words], {
    env: { ...process.env, ...place.env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

/** Bytes sent beyond those of the files, by both processes. */
async function sentAgain(place: S3Place, upload: UploadFiles, prefix: string): Promise<number> {
  const bytes = totalBytes(upload);
  const proxy = await startCountingProxy(place.server.endpoint);
  try {
    const words = [prefix, writeUploadList(upload)];
    const first = startUpload(place, proxy.endpoint, words);
    const killed = once(first, 'close');
    await Promise.race([proxy.whenSent(bytes / 2), killed]);
    if (!first.kill('SIGKILL')) throw new Error('the first upload ended before it could be killed');
    await killed;
    const [status] = await once(startUpload(place, proxy.endpoint, words), 'close');
    if (status !== 0) throw new Error(`the second upload exits with ${status}`);
    return proxy.sentBytes() - bytes;
  } finally {
    await proxy.close();
    await place.takeAway(prefix, upload);
  }
}

function totalBytes({ files }: UploadFiles): number {
  return files.reduce((sum, file) => sum + file.sizeBytes, 0);
}

const place = await openS3Place();
if (place !== undefined) {
  try {
    for (const [title, make] of [
      ['one file', () => makeOneFile(join(place.folder, 'one'), readFlag('megabytes', 2048))],
      ['mixed files', () => makeMixedFiles(join(place.folder, 'mixed'), readFlag('files', 600))],
    ] as const) {
      const upload = make();
      const bytes = totalBytes(upload);
      const again: number[] = [];
      for (let round = 0; round < rounds; round += 1) again.push(await sentAgain(place, upload, `${round}/`));
      const share = (median(again) / bytes) * 100;
      console.log(
        `${title}: ${(bytes / 1e6).toFixed(0)} MB to radosgw ${place.server.version}, killed at 50 %: ` +
          `${(median(again) / 1e6).toFixed(1)} MB (${share.toFixed(1)} %) sent again, requests included; ` +
          `worst of ${rounds}: ${((Math.max(...again) / bytes) * 100).toFixed(1)} %`,
      );
      removeUpload(upload);
    }
  } finally {
    await place.close();
  }
}
