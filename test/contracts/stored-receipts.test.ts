import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLocalWorld, createSystemClock } from '@osrel/adapters';
import type { ObjectStore } from '@osrel/core';
import { createStoredTestReceipts } from '../../packages/adapters/src/stored-receipts/create-stored-test-receipts.ts';
import { S3_PROFILES } from '../servers/s3/s3-profile.ts';
import { openS3, startTestS3 } from './s3-stage.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { describeTestReceipts, type ReceiptPlace } from './test-receipts.ts';

const clock = createSystemClock();

describeTestReceipts('the embedded world', async () => {
  const root = await temporaryFolder();
  const folder = join(root, '.osrel/world/receipts/raspberrypi5/6.5.1');
  return {
    open: (signing) => createLocalWorld({ root, clock, receiptSigning: signing }).testReceipts,
    names: () => readdir(folder),
    read: (name) => readFile(join(folder, name), 'utf8'),
    write: (name, text) => writeFile(join(folder, name), text),
  };
});

describeTestReceipts('an object store that is a folder', async () =>
  placeIn(createLocalWorld({ root: await temporaryFolder(), clock }).objectStore),
);

describeTestReceipts('S3', async () => placeIn(openS3(await startTestS3(S3_PROFILES.aws))));

function placeIn(store: ObjectStore): ReceiptPlace {
  const folder = 'test-receipts/raspberrypi5/6.5.1/';
  return {
    open: (signing) => createStoredTestReceipts({ store: () => store, signing }),
    names: async () => (await store.list(folder)).map(({ key }) => key.slice(folder.length)),
    read: async (name) => (await store.readText(`${folder}${name}`))?.text ?? '',
    write: (name, text) =>
      store.putText({
        key: `${folder}${name}`,
        text,
        mediaType: 'application/json',
        visibility: 'private',
        expected: { kind: 'anything' },
      }),
  };
}
