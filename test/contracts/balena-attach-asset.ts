// Attaches one asset and ends, unless killed: node balena-attach-asset.ts URL REQUEST PART_BYTES

import type { AttachAssetRequest } from '@osrel/core';
import { createBalenaClient } from '../../packages/adapters/src/balena/balena-client.ts';
import { createBalenaReleaseAssets } from '../../packages/adapters/src/balena/create-balena-release-assets.ts';
import { createSystemClock } from '../../packages/adapters/src/file-system/create-system-clock.ts';
import { createStandInRegistry } from '../servers/balena/stand-in-registry.ts';

const [api = '', request = '', partBytes = ''] = process.argv.slice(2);
const clock = createSystemClock();
const client = createBalenaClient({
  api,
  registry: api,
  readToken: () => process.env.BALENA_API_KEY,
  tokenVariable: 'BALENA_API_KEY',
  clock,
  images: createStandInRegistry(),
});
const assets = createBalenaReleaseAssets({
  client,
  clock,
  partBytes: Number(partBytes),
});
await assets.attach(JSON.parse(request) as AttachAssetRequest);
