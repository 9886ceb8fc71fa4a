import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { diskImage } from '../builders/disk-image.ts';
import { startRemoteServers } from '../remote/remote-servers.ts';
import { osrel } from './osrel-process.ts';
import { makeTinyCheckout, WITH_SMOKE } from './tiny-checkout.ts';

const MACHINE = 'raspberrypi4-64';
const MEBIBYTE = 1024 * 1024;

it('sends files of many parts from the published program', { timeout: 240_000 }, async () => {
  const servers = await startRemoteServers();
  const { balena, registry, s3 } = servers;
  try {
    const osrelYml = `${WITH_SMOKE}environment: test
environments:
  test:
    balena: { organization: admin, api: "${balena.url}", registry: "${registry.url}" }
    store: { bucket: ${s3.bucket}, region: us-east-1, endpoint: "${s3.endpoint}" }
    secrets: { balenaApiKey: { env: TEST_BALENA_KEY } }
`;
    const image = Buffer.concat([diskImage('tiny'), randomBytes(40 * MEBIBYTE)]);
    const checkout = await makeTinyCheckout({
      machines: [MACHINE],
      osrelYml,
      files: { 'balena-yocto-scripts/disk.img': image },
    });
    checkout.git('tag', 'v6.5.1');
    const released = await osrel(checkout.path, ['release'], {
      env: {
        TEST_BALENA_KEY: balena.token,
        AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
      },
    });
    expect(released.exitCode, released.stderr).toBe(0);
    const folder = join(checkout.path, `deploy/${MACHINE}/6.5.1/compressed`);
    const names = await readdir(folder);
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
    expect(Math.max(...sizes)).toBeGreaterThan(20 * MEBIBYTE);
    for (const name of names) {
      const stored = s3.world.objects.get(`images/${MACHINE}/6.5.1/compressed/${name}`)?.bytes;
      expect(digestOf(stored ?? Buffer.alloc(0)), name).toBe(digestOf(await readFile(join(folder, name))));
    }
    expect(servers.requests.some(({ method }) => method === 'UploadPart')).toBe(true);
  } finally {
    await servers.close();
  }
});

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
