import type { Clock, CodeHost, EnvironmentConfig, ImagePlatform, ObjectStore, Ports } from '@osrel/core';
import { createAbsentCodeHost } from './absent-service/create-absent-code-host.ts';
import { createAbsentObjectStore } from './absent-service/create-absent-object-store.ts';
import { createBalenaWorld } from './balena/create-balena-world.ts';
import { randomId } from './file-system/random-id.ts';
import { createGithubCodeHost } from './github/create-github-code-host.ts';
import { readGithubCredential } from './github/github-credential.ts';
import type { ImageRegistry } from './image-registry.ts';
import type { ReceiptSigning } from './receipt-signing.ts';
import { createS3ObjectStore } from './s3/create-s3-object-store.ts';
import type { CapabilityCache } from './s3/s3-store-options.ts';
import { createStoredTestReceipts } from './stored-receipts/create-stored-test-receipts.ts';
import { machineImagesOf } from './wire-machine-images.ts';

export interface RemotePortsRequest {
  readonly environment: EnvironmentConfig;
  readonly clock: Clock;
  /** The environment variables of osrel. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly images: ImageRegistry;
  readonly capabilityCache: CapabilityCache | undefined;
  readonly receiptSigning: ReceiptSigning;
}

/** The remote ports of an environment. */
export type RemotePorts = Pick<
  Ports,
  'objectStore' | 'hostappApplications' | 'hostappReleases' | 'releaseAssets' | 'codeHost' | 'testReceipts'
>;

/** Where the key is looked for when osrel.yml names no variable. */
const API_KEY_VARIABLE = 'BALENA_API_KEY';

/** Real services: balena, S3 and GitHub. Connects to nothing before the first call. */
export function wireRemotePorts(request: RemotePortsRequest): RemotePorts {
  const { environment, clock, variables, images, receiptSigning } = request;
  const { balena, secrets } = environment;
  const tokenVariable = secrets.balenaApiKey?.env ?? API_KEY_VARIABLE;
  const objectStore = storeOf(request);
  return {
    objectStore,
    ...createBalenaWorld({
      api: balena.api ?? `https://api.${balena.host}`,
      registry: balena.registry ?? `https://registry2.${balena.host}`,
      readToken: () => variables[tokenVariable],
      tokenVariable,
      clock,
      images,
    }),
    codeHost: codeHostOf(request),
    testReceipts: createStoredTestReceipts({ store: () => objectStore, signing: receiptSigning }),
  };
}

function storeOf({ environment, clock, capabilityCache }: RemotePortsRequest): ObjectStore {
  const { bucket, ...store } = environment.store;
  if (bucket === null) return createAbsentObjectStore(environment.name);
  return createS3ObjectStore({ ...store, bucket, clock, capabilityCache, random: randomId });
}

/** The bucket that machine images are imported from. Throws config `machine-image.not-configured`. */
export function wireMachineImageStore({
  environment,
  clock,
  capabilityCache,
}: RemotePortsRequest): ObjectStore {
  const { endpoint, pathStyle } = environment.store;
  const { bucket, region, kmsKey } = machineImagesOf(environment);
  return createS3ObjectStore({
    bucket,
    region,
    endpoint,
    pathStyle,
    // The import service reads it; nobody else does.
    acl: 'none',
    encryption: kmsKey === null ? 'none' : 'aws:kms',
    kmsKey,
    clock,
    capabilityCache,
    random: randomId,
  });
}

function codeHostOf({ environment, clock, variables }: RemotePortsRequest): CodeHost {
  const { github, secrets } = environment;
  if (github === null) return createAbsentCodeHost();
  return createGithubCodeHost({
    api: github.api ?? variables.GITHUB_API_URL ?? null,
    readCredential: () => readGithubCredential({ secrets, readSecret: (name) => variables[name] }),
    checks: github.checks,
    ownRunId: variables.GITHUB_RUN_ID ?? null,
    clock,
  });
}

/** How the embedded world gets images of registries. */
export function fetchImageBy(images: ImageRegistry) {
  return async ({
    reference,
    platform,
    ...target
  }: {
    readonly reference: string;
    readonly platform: ImagePlatform;
    readonly folder: string;
    readonly signal?: AbortSignal;
  }) => {
    const found = await images.fetch({ ...target, reference, platform: { os: 'linux', ...platform } });
    const { mediaType, digest, manifestBytes, sizeBytes } = found;
    return { mediaType, digest, size: manifestBytes, sizeBytes };
  };
}
