import type { CopyImageRequest, DraftRequest } from '@osrel/core';
import { OsrelError } from '@osrel/core';
import { onTestFinished } from 'vitest';
import type { BalenaOptions } from '../../packages/adapters/src/balena/balena-options.ts';
import { createBalenaWorld } from '../../packages/adapters/src/balena/create-balena-world.ts';
import { createFixedClock, type FixedClock } from '../fakes/fixed-clock.ts';
import type { Row, WorldOptions } from '../servers/balena/balena-world.ts';
import { addApplication } from '../servers/balena/seed-world.ts';
import { createStandInRegistry, type StandInRegistry } from '../servers/balena/stand-in-registry.ts';
import { type BalenaApiServer, startBalenaApi } from '../servers/balena/start-balena-api.ts';

export const APPLICATION = 'admin/raspberrypi4-64';
export const KEY_VARIABLE = 'BALENA_API_KEY';

/** A server with one application, and the adapter under test talking to it. */
export interface BalenaStage {
  readonly server: BalenaApiServer;
  readonly registry: StandInRegistry;
  readonly clock: FixedClock;
  readonly applicationId: number;
  /** A new osrel, as another machine or a second run is. */
  osrel(change?: Partial<BalenaOptions>): ReturnType<typeof createBalenaWorld>;
  rows(resource: string): readonly Row[];
}

/** Makes the server, which ends with the test. */
export async function setBalenaStage(options: WorldOptions = {}): Promise<BalenaStage> {
  const server = await startBalenaApi(options);
  onTestFinished(() => server.close());
  const applicationId = addApplication(server.world, { slug: APPLICATION });
  const clock = createFixedClock();
  const registry = createStandInRegistry();
  return {
    server,
    registry,
    clock,
    applicationId,
    rows: (resource) => server.world.rows(resource),
    osrel: (change = {}) =>
      createBalenaWorld({
        api: server.url,
        registry: 'https://registry2.example.test',
        readToken: () => server.token,
        tokenVariable: KEY_VARIABLE,
        clock,
        images: registry,
        ...change,
      }),
  };
}

/** A draft of 6.5.1 with one service. */
export function draftRequest(change: Partial<DraftRequest> = {}): DraftRequest {
  return {
    application: APPLICATION,
    version: '6.5.1',
    mark: 'mark-1',
    sourceSha: 'a'.repeat(40),
    archives: {},
    contract: { type: 'sw.os', slug: 'balena-os', version: '6.5.1' },
    composition: { version: '2.4', services: { hostapp: {} } },
    ...change,
  };
}

/** The image of service `tools`, taken from a registry. */
export function copyRequest(releaseId: number): CopyImageRequest {
  return {
    releaseId,
    service: 'tools',
    reference: 'alpine:3.20',
    platform: { architecture: 'arm', variant: 'v7' },
    labels: { 'io.balena.image.class': 'overlay' },
  };
}

/** As the engine does: again while the error says that this may help, seven times at most. */
export async function likeEngine<Value>(call: () => Promise<Value>): Promise<Value> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof OsrelError) || !error.retryable || attempt === 7) throw error;
    }
  }
}
