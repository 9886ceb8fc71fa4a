import { describe, expect, it } from 'vitest';
import { S3_PROFILES } from '../servers/s3/s3-profile.ts';
import { largeFile, memoryCache, openS3, startTestS3 } from './s3-stage.ts';

const PROFILES = ['aws', 'ceph 20', 'ceph 16', 'gcs', 'a server that ignores every condition'] as const;
const BYTES = 40 * 1024;

async function knownStore(profile: (typeof PROFILES)[number]) {
  const server = await startTestS3(S3_PROFILES[profile]);
  const store = openS3(server, { capabilityCache: memoryCache() });
  await store.putFile(await largeFile(BYTES, { key: 'warm' }));
  return { server, store };
}

// The store itself is who finds out: bytes are not hashed twice (put-file.ts).
describe.each(PROFILES)('a file that goes in one request to %s', (profile) => {
  it('is sent again when a bit changed on the way', async () => {
    const { server, store } = await knownStore(profile);
    const file = await largeFile(BYTES);
    server.faults.fail({ at: ({ operation }) => operation === 'PutObject', fault: { kind: 'flip' } });
    expect(await store.putFile(file)).toMatchObject({ sha256: file.sha256 });
    expect(server.world.objects.get(file.key)?.bytes.equals(file.bytes)).toBe(true);
  });

  it('is refused at once when it is another than was announced', async () => {
    const { server, store } = await knownStore(profile);
    const file = await largeFile(BYTES);
    const before = server.log.length;
    await expect(store.putFile({ ...file, sha256: 'ab'.repeat(32) })).rejects.toMatchObject({
      kind: 'integrity',
      code: 'store.content-differs',
    });
    const sent = server.log.slice(before).filter(({ operation }) => operation === 'PutObject');
    expect(sent.length).toBeLessThanOrEqual(1);
    expect(server.world.objects.has(file.key)).toBe(false);
  });
});
