// Uploads files as the upload step does, by the adapter alone, in a process of its own so that it can be measured and
// killed. Usage: node upload-with-osrel.ts ENDPOINT BUCKET PREFIX LIST
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { enableCompileCache } from 'node:module';
import { dirname, join } from 'node:path';
import { createSystemClock } from '../../packages/adapters/src/file-system/create-system-clock.ts';
import { createS3ObjectStore } from '../../packages/adapters/src/s3/create-s3-object-store.ts';
import { runInParallel } from '../../packages/core/src/steps/run-in-parallel.ts';
import type { UploadFiles } from './make-upload-files.ts';

/** As many as the step takes (packages/core/src/steps/upload-images.ts), and the largest first like there. */
const PARALLEL_OBJECTS = 16;

// As bin.ts does.
enableCompileCache();

const [endpoint = '', bucket = '', prefix = '', list = ''] = process.argv.slice(2);
const { folder, files } = JSON.parse(readFileSync(list, 'utf8')) as UploadFiles;
const store = createS3ObjectStore({
  bucket,
  region: 'us-east-1',
  endpoint,
  pathStyle: true,
  acl: 'canned',
  encryption: 'none',
  kmsKey: null,
  clock: createSystemClock(),
  capabilityCache: { find: findCapabilities, keep: keepCapabilities },
  random: randomUUID,
});

const present = new Map((await store.list(prefix)).map(({ key, sizeBytes }) => [key, sizeBytes]));

const sorted = files.toSorted((a, b) => b.sizeBytes - a.sizeBytes);
await runInParallel(sorted, PARALLEL_OBJECTS, async ({ name, sizeBytes, sha256 }) => {
  const key = prefix + name;
  if (present.get(key) === sizeBytes && (await store.find(key))?.sha256 === sha256) return;
  await store.putFile({
    key,
    file: join(folder, name),
    sizeBytes,
    sha256,
    mediaType: 'application/octet-stream',
    visibility: 'private',
    expected: { kind: 'anything' },
  });
});

/** What a server can do is kept from run to run, as the command keeps it in the user's cache. */
function capabilitiesFile(key: string): string {
  return join(dirname(list), `capabilities-${key}`);
}

async function findCapabilities(key: string): Promise<string | undefined> {
  return await readFile(capabilitiesFile(key), 'utf8').catch(() => undefined);
}

async function keepCapabilities(key: string, text: string): Promise<void> {
  await writeFile(capabilitiesFile(key), text);
}
