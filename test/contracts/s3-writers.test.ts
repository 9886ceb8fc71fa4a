import type { ObjectStore, PutTextRequest } from '@osrel/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { S3Fault } from '../servers/s3/s3-faults.ts';
import { S3_PROFILES } from '../servers/s3/s3-profile.ts';
import { largeFile, memoryCache, openS3, startTestS3 } from './s3-stage.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const KEY = 'images/raspberrypi4-64/latest';
const text = (change: Partial<PutTextRequest> = {}): PutTextRequest => ({
  key: KEY,
  text: '6.5.1\n',
  mediaType: 'text/plain',
  visibility: 'private',
  expected: { kind: 'anything' },
  ...change,
});

async function winnersOf(writes: readonly Promise<unknown>[]): Promise<readonly number[]> {
  const settled = await Promise.allSettled(writes);
  for (const each of settled) {
    if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'store.precondition' });
  }
  return settled.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []));
}

describe.each(Object.entries(S3_PROFILES))('on %s', (_name, profile) => {
  it('exactly one of many processes replaces what all of them have read', async () => {
    const server = await startTestS3(profile);
    const capabilityCache = memoryCache();
    const first = await openS3(server, { capabilityCache }).putText(text());
    const expected = { kind: 'etag', etag: first.etag } as const;
    const writers: ObjectStore[] = Array.from({ length: 5 }, () => openS3(server, { capabilityCache }));
    const winners = await winnersOf(
      writers.map((store, index) => store.putText(text({ text: `6.5.${index + 2}\n`, expected }))),
    );
    expect(winners).toHaveLength(1);
    const [winner = -1] = winners;
    expect(server.world.objects.get(KEY)?.bytes.toString()).toBe(`6.5.${winner + 2}\n`);
    expect([...server.world.objects.keys()]).toEqual([KEY]);
  });

  it('exactly one of several processes makes an object of many parts', async () => {
    const server = await startTestS3(profile);
    const capabilityCache = memoryCache();
    await openS3(server, { capabilityCache }).putFile(await largeFile(100_000, { key: 'warm' }));
    const files = await Promise.all(
      Array.from({ length: 3 }, () => largeFile(200_000, { expected: { kind: 'absent' } })),
    );
    const winners = await winnersOf(files.map((file) => openS3(server, { capabilityCache }).putFile(file)));
    expect(winners).toHaveLength(1);
    const winner = files[winners[0] ?? -1];
    expect(server.world.objects.get(winner?.key ?? '')?.bytes.equals(winner?.bytes ?? Buffer.alloc(0))).toBe(
      true,
    );
    expect(server.world.uploads.size).toBe(0);
  });
});

describe('a server without conditional writes', () => {
  const profile = S3_PROFILES['a server that ignores every condition'];

  it('does not wait for ever for a writer that died', async () => {
    const server = await startTestS3(profile);
    const store = openS3(server);
    await store.putText(text({ key: 'other' }));
    const claim = { ...server.world.objects.get('other'), modifiedMs: Date.now() - 61_000 };
    const dead = `osrel-claims/${KEY}/000000000001-dead`;
    server.world.objects.set(dead, { ...objectOf(claim) });
    await store.putText(text({ expected: { kind: 'absent' } }));
    expect([...server.world.objects.keys()].sort()).toEqual([KEY, 'other']);
  });

  it('lets a living writer end first', async () => {
    const server = await startTestS3(profile);
    const store = openS3(server);
    await store.putText(text({ key: 'other' }));
    const living = `osrel-claims/${KEY}/000000000001-living`;
    server.world.objects.set(
      living,
      objectOf({ ...server.world.objects.get('other'), modifiedMs: Date.now() }),
    );
    let looks = 0;
    server.onRequest(({ operation, key }) => {
      if (operation !== 'ListObjectsV2') return;
      expect(server.world.objects.has(KEY), key).toBe(false);
      looks += 1;
      if (looks === 4) server.world.objects.delete(living);
    });
    await store.putText(text({ expected: { kind: 'absent' } }));
    expect(looks).toBeGreaterThan(4);
  });

  it('shows no claim to those who list', async () => {
    const server = await startTestS3(profile);
    const store = openS3(server);
    await store.putText(text());
    server.world.objects.set(
      `osrel-claims/${KEY}/000000000001-x`,
      objectOf({ ...server.world.objects.get(KEY) }),
    );
    expect((await store.list('images/')).map(({ key }) => key)).toEqual([KEY]);
    expect(await store.listFolders('images/raspberrypi4-64/')).toEqual([]);
  });
});

describe('a write of which nothing was heard', () => {
  const lost: S3Fault = { kind: 'reset-after' };

  it('is recognised as done, and not taken for that of somebody else', async () => {
    const server = await startTestS3(S3_PROFILES.aws);
    const store = openS3(server);
    await store.putText(text({ key: 'warm' }));
    server.faults.fail({ at: ({ operation, key }) => operation === 'PutObject' && key === KEY, fault: lost });
    await store.putText(text({ expected: { kind: 'absent' } }));
    expect(server.log.filter(({ operation, key }) => operation === 'PutObject' && key === KEY)).toHaveLength(
      1,
    );
  });

  it('is a conflict when somebody else wrote the same text meanwhile', async () => {
    const server = await startTestS3(S3_PROFILES.aws);
    const [store, other] = [openS3(server), openS3(server)];
    await Promise.all([store, other].map((each, index) => each.putText(text({ key: `warm/${index}` }))));
    const before: S3Fault = { kind: 'reset-before' };
    let isTheirs = false;
    server.onRequest(async ({ operation, key }) => {
      if (operation !== 'PutObject' || key !== KEY || isTheirs) return;
      isTheirs = true;
      await other.putText(text({ expected: { kind: 'absent' } }));
    });
    server.faults.fail({ at: ({ number, key }) => key === KEY && number > 0 && !isTheirs, fault: before });
    await expect(store.putText(text({ expected: { kind: 'absent' } }))).rejects.toMatchObject({
      code: 'store.precondition',
    });
  });
});

describe('what a server can do', () => {
  it('is found out once, and kept from process to process', async () => {
    const server = await startTestS3(S3_PROFILES.aws);
    const capabilityCache = memoryCache();
    await openS3(server, { capabilityCache }).putText(text());
    const before = server.log.length;
    await openS3(server, { capabilityCache }).putText(text());
    expect(server.log.slice(before).map(({ operation }) => operation)).toEqual(['PutObject']);
    expect([...server.world.objects.keys()]).toEqual([KEY]);
  });

  it('is not taken from a cache that nobody understands', async () => {
    const server = await startTestS3(S3_PROFILES['a server that ignores every condition']);
    const capabilityCache = { find: async () => '{"found":', keep: async () => undefined };
    const store = openS3(server, { capabilityCache });
    await store.putText(text());
    await expect(store.putText(text({ expected: { kind: 'absent' } }))).rejects.toMatchObject({
      code: 'store.precondition',
    });
  });

  it('is told as a setting when it is access lists that are missing', async () => {
    const server = await startTestS3(S3_PROFILES['aws without access lists']);
    await expect(openS3(server, { acl: 'canned' }).putText(text())).rejects.toMatchObject({
      kind: 'config',
      code: 'store.acl-refused',
      hint: expect.stringContaining('store: {acl: none}'),
    });
  });
});

type WorldObject = Parameters<Awaited<ReturnType<typeof startTestS3>>['world']['objects']['set']>[1];

function objectOf(known: Partial<WorldObject>): WorldObject {
  return {
    bytes: Buffer.alloc(0),
    etag: '""',
    checksums: {},
    contentType: 'text/plain',
    metadata: {},
    acl: 'private',
    encryption: null,
    modifiedMs: Date.now(),
    ...known,
  };
}
