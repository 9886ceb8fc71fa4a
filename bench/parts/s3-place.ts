import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { createBucket } from '../../test/servers/radosgw/create-bucket.ts';
import { type Radosgw, startRadosgw } from '../../test/servers/radosgw/start-radosgw.ts';
import { takeObjects } from '../../test/servers/radosgw/take-objects.ts';
import type { UploadFiles } from './make-upload-files.ts';

/** A real S3 server with an empty bucket, a scratch folder, and osrel's side as one bundle, as it is published. */
export interface S3Place {
  readonly server: Radosgw;
  readonly bucket: string;
  readonly folder: string;
  /** Path of upload-with-osrel.ts with all that it imports. */
  readonly uploader: string;
  /** Credentials and nothing else that this machine has set for S3. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Throws when the objects below the prefix are not these files; then removes them. */
  takeAway(prefix: string, upload: UploadFiles): Promise<void>;
  close(): Promise<void>;
}

/** Undefined, with the reason printed, where no server can be started. */
export async function openS3Place(): Promise<S3Place | undefined> {
  const server = await startRadosgw();
  if ('skipped' in server) {
    console.log(`skipped: ${server.skipped}`);
    return undefined;
  }
  const bucket = 'osrel-bench';
  const client = await createBucket(server, server, bucket);
  const folder = mkdtempSync(join(tmpdir(), 'osrel-bench-upload-'));
  return {
    server,
    bucket,
    folder,
    uploader: await bundleUploader(folder),
    env: {
      AWS_ACCESS_KEY_ID: server.accessKey,
      AWS_SECRET_ACCESS_KEY: server.secretKey,
      AWS_SESSION_TOKEN: undefined,
      AWS_CA_BUNDLE: undefined,
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_DEFAULT_REGION: 'us-east-1',
    },
    takeAway: async (prefix, upload) => checkSizes(await takeObjects(client, bucket, prefix), prefix, upload),
    close: async () => {
      client.destroy();
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function bundleUploader(folder: string): Promise<string> {
  const outdir = join(folder, 'bundle');
  await build({
    entryPoints: [join(import.meta.dirname, 'upload-with-osrel.ts')],
    outdir,
    bundle: true,
    splitting: true,
    mainFields: ['module', 'main'],
    outExtension: { '.js': '.mjs' },
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minifySyntax: true,
    banner: {
      js: "import { createRequire as ask } from 'node:module'; const require = ask(import.meta.url);",
    },
    logLevel: 'warning',
  });
  return join(outdir, 'upload-with-osrel.mjs');
}

function checkSizes(sizes: ReadonlyMap<string, number>, prefix: string, { files }: UploadFiles): void {
  const wrong = files.filter(({ name, sizeBytes }) => sizes.get(prefix + name) !== sizeBytes);
  if (wrong.length > 0 || sizes.size !== files.length)
    throw new Error(
      `${wrong.length} of ${files.length} files were not uploaded right, ${sizes.size} objects are there`,
    );
}
