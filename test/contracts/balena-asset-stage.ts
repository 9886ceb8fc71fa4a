import { createHash, randomBytes } from 'node:crypto';
import type { AttachAssetRequest, ReleaseAsset, ReleaseAssets } from '@osrel/core';
import { OsrelError } from '@osrel/core';
import { onTestFinished } from 'vitest';
import { createBalenaClient } from '../../packages/adapters/src/balena/balena-client.ts';
import { createBalenaReleaseAssets } from '../../packages/adapters/src/balena/create-balena-release-assets.ts';
import { createFixedClock, type FixedClock } from '../fakes/fixed-clock.ts';
import { assetStorageOf } from '../servers/balena/asset-routes.ts';
import type { AssetStorage } from '../servers/balena/asset-storage.ts';
import { addApplication } from '../servers/balena/seed-world.ts';
import { createStandInRegistry } from '../servers/balena/stand-in-registry.ts';
import { type BalenaApiServer, startBalenaApi } from '../servers/balena/start-balena-api.ts';
import { changeRow, insertRow } from '../servers/balena/write-rows.ts';
import { fileWith } from './temporary-folder.ts';

export const MEBIBYTE = 1024 * 1024;
const KEY_VARIABLE = 'BALENA_API_KEY';

/** A server with one draft, and the adapter under test talking to it. */
export interface AssetStage {
  readonly server: BalenaApiServer;
  readonly storage: AssetStorage;
  readonly clock: FixedClock;
  readonly assets: ReleaseAssets;
  readonly releaseId: number;
  /** A file with this content, as a request to attach it. */
  request(key: string, content: string | Uint8Array): Promise<AttachAssetRequest>;
  /** The rows of a key. */
  rows(key: string): readonly { readonly id: number; readonly asset: unknown }[];
  /** sha256 of what a key's row gives to a consumer; undefined when there is no content. */
  storedSha256(key: string): Promise<string | undefined>;
  /** Changes what is stored for a key, behind everybody's back. */
  spoil(key: string, bytes: Buffer): void;
  /** A row whose upload never finished. */
  addEmptyRow(key: string): void;
  finalize(): void;
}

export interface StageOptions {
  /** Milliseconds without a byte before a transfer counts as broken. */
  readonly silenceMs?: number;
  readonly token?: string;
  /**
   * Files of more than this go in parts of this; 5 MiB, as real servers want it, unless tiny files are
   * enough.
   */
  readonly partBytes?: number;
}

/** Makes the server, which ends with the test. */
export async function setAssetStage({
  silenceMs = 20_000,
  token,
  partBytes = 5 * MEBIBYTE,
}: StageOptions = {}): Promise<AssetStage> {
  const server = await startBalenaApi();
  onTestFinished(() => server.close());
  const application = addApplication(server.world, { slug: 'admin/raspberrypi4-64' });
  const release = insertRow(server.world, 'release', {
    belongs_to__application: application,
    commit: 'c'.repeat(32),
    status: 'running',
    semver: '6.5.1',
    is_final: false,
    composition: {},
    source: 'local',
    start_timestamp: new Date(0).toISOString(),
  });
  const clock = createFixedClock();
  const readToken = () => token ?? server.token;
  const client = createBalenaClient({
    api: server.url,
    registry: server.url,
    readToken,
    tokenVariable: KEY_VARIABLE,
    clock,
    images: createStandInRegistry(),
    silenceMs,
  });
  const assets = createBalenaReleaseAssets({ client, clock, silenceMs, partBytes });
  const storage = assetStorageOf(server.world);
  storage.leastPartBytes = partBytes;
  const rows = (key: string) =>
    server.world
      .rows('release_asset')
      .filter((row) => row.asset_key === key)
      .map(({ id, asset }) => ({ id, asset }));
  return {
    server,
    storage,
    clock,
    assets,
    releaseId: release.id,
    rows,
    request: async (key, content) => ({
      ...(await fileWith(content)),
      releaseId: release.id,
      key,
      mediaType: 'application/octet-stream',
    }),
    async storedSha256(key) {
      const asset = rows(key)[0]?.asset as { readonly href: string } | null | undefined;
      if (asset === null || asset === undefined) return undefined;
      const response = await fetch(asset.href);
      return createHash('sha256')
        .update(new Uint8Array(await response.arrayBuffer()))
        .digest('hex');
    },
    spoil(key, bytes) {
      const asset = rows(key)[0]?.asset as { readonly href: string };
      storage.spoil(new URL(asset.href).pathname.split('/').at(-1) ?? '', bytes);
    },
    addEmptyRow: (key) =>
      void insertRow(server.world, 'release_asset', { release: release.id, asset_key: key }),
    finalize() {
      const [row] = server.world.rows('release');
      if (row !== undefined) changeRow(server.world, 'release', { row, values: { is_final: true } });
    },
  };
}

/** Bytes that no compression and no repetition can make look right by chance. */
export function bytesOf(size: number): Buffer {
  return randomBytes(size);
}

/**
 * As the engine does: again while the error says that this may help, seven times at most. Answers the last
 * error.
 */
export async function attachLikeEngine(
  assets: ReleaseAssets,
  request: AttachAssetRequest,
): Promise<ReleaseAsset | OsrelError> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await assets.attach(request);
    } catch (error) {
      if (!(error instanceof OsrelError)) throw error;
      if (attempt === 7 || !error.retryable) return error;
    }
  }
}
