import { afterEach, expect, it, vi } from 'vitest';
import { S3_PROFILES } from '../servers/s3/s3-profile.ts';
import { openS3, startTestS3 } from './s3-stage.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const MARKER = {
  key: 'images/raspberrypi4-64/6.5.1/IGNORE',
  text: '',
  mediaType: 'application/octet-stream',
  visibility: 'public',
  expected: { kind: 'anything' },
} as const;

it('nothing lies in a folder before its marker, not even a try of what the store can do', async () => {
  const server = await startTestS3(S3_PROFILES.aws);
  await openS3(server).putText(MARKER);
  expect(server.log.map(({ operation, key }) => `${operation} ${key}`)).toEqual([`PutObject ${MARKER.key}`]);
});

it.each(['PutObject', 'GetObject', 'ListObjectsV2'] as const)(
  'a refused condition where %s had none says what to look at',
  async (operation) => {
    const server = await startTestS3(S3_PROFILES.aws);
    const store = openS3(server);
    server.faults.fail({
      at: (request) => request.operation === operation,
      times: Number.POSITIVE_INFINITY,
      fault: { kind: 'status', status: 412, code: 'PreconditionFailed' },
    });
    const calls = {
      PutObject: () => store.putText(MARKER),
      GetObject: () => store.readText(MARKER.key),
      ListObjectsV2: () => store.list('images/'),
    };
    await expect(calls[operation]()).rejects.toMatchObject({
      code: 'store.refused',
      hint: expect.stringContaining('store.endpoint'),
    });
  },
);

it('a refused condition that holds is not taken for the word that somebody else wrote', async () => {
  const server = await startTestS3(S3_PROFILES.aws);
  const store = openS3(server);
  const receipt = {
    ...MARKER,
    key: 'test-receipts/a.json',
    text: '{}',
    expected: { kind: 'absent' },
  } as const;
  server.faults.fail({
    at: ({ operation, key }) => operation === 'PutObject' && key === receipt.key,
    fault: { kind: 'status', status: 412, code: 'PreconditionFailed' },
  });
  await expect(store.putText(receipt)).rejects.toMatchObject({ code: 'store.odd-refusal', retryable: true });
  await store.putText(receipt);
  expect((await store.readText(receipt.key))?.text).toBe('{}');
});
