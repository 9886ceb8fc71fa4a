import type { S3Client } from '@aws-sdk/client-s3';
import { badConfig } from '@osrel/core';
import { checkReply } from './check-reply.ts';
import type { S3Limits } from './s3-limits.ts';
import type { S3StoreOptions } from './s3-store-options.ts';

export type S3Sdk = typeof import('@aws-sdk/client-s3');

/** A connected client, and what its replies told by the way. */
export interface S3Connection {
  readonly client: S3Client;
  readonly sdk: S3Sdk;
  /** `https://host:port` that the last request went to; null before the first. */
  server(): string | null;
  /** The store's own time by its last reply, in milliseconds since 1970; null before the first. */
  storeTimeMs(): number | null;
  /** Nobody can change bytes on the way: encrypted, or never leaving this machine. */
  isPrivateWay(): boolean;
}

const CONNECT_MS = 15_000;
const SOCKETS = 32;
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Opens the client with the SDK's own chain of credentials, region and endpoint. Sends nothing yet. */
export async function connectS3(options: S3StoreOptions, limits: S3Limits): Promise<S3Connection> {
  const sdk = await import('@aws-sdk/client-s3');
  const client = await openClient(sdk, { ...options, ...limits });
  let server: string | null = null;
  let storeTimeMs: number | null = null;
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (call) => {
        server = originOf(call.request) ?? server;
        const answer = await next(call);
        const { headers } = await checkReply(answer.response, commandName ?? '');
        const told = Date.parse(headers.date ?? '');
        if (Number.isFinite(told)) storeTimeMs = told;
        return answer;
      },
    // The last before the wire, so that nothing of the SDK has read the reply yet.
    { step: 'deserialize', priority: 'low', name: 'osrelCheckReply' },
  );
  const isPrivateWay = (): boolean =>
    server !== null && (server.startsWith('https:') || LOOPBACK.test(new URL(server).hostname));
  return { client, sdk, server: () => server, storeTimeMs: () => storeTimeMs, isPrivateWay };
}

type ClientOptions = S3StoreOptions & S3Limits;

async function openClient(sdk: S3Sdk, options: ClientOptions): Promise<S3Client> {
  const { region, endpoint } = options;
  if (region !== null) return makeClient(sdk, options, region);
  const client = makeClient(sdk, options, null);
  try {
    await client.config.region();
    return client;
  } catch (error) {
    client.destroy();
    // Servers other than AWS mostly have one region, and do not look at its name.
    if (endpoint !== null) return makeClient(sdk, options, 'us-east-1');
    throw badConfig('store.no-region', `no region for bucket "${options.bucket}"`, {
      hint: 'set store.region in osrel.yml, or AWS_REGION',
      cause: error,
    });
  }
}

function makeClient(sdk: S3Sdk, options: ClientOptions, region: string | null): S3Client {
  const { endpoint, pathStyle, silenceMs } = options;
  return new sdk.S3Client({
    ...(region === null ? {} : { region }),
    ...(endpoint === null ? {} : { endpoint }),
    forcePathStyle: pathStyle ?? endpoint !== null,
    // Repeating is osrel's own (send-request.ts): it knows which lost replies may be asked again.
    maxAttempts: 1,
    // Checksums are osrel's own too: of bytes it has hashed anyway, in headers that older servers understand.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Waiting for "100 Continue" would cost a new connection a part.
    expectContinueHeader: false,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      socketTimeout: silenceMs,
      httpAgent: { keepAlive: true, maxSockets: SOCKETS },
      httpsAgent: { keepAlive: true, maxSockets: SOCKETS },
    },
  });
}

function originOf(request: unknown): string | null {
  if (typeof request !== 'object' || request === null) return null;
  const { protocol, hostname, port } = request as {
    protocol?: unknown;
    hostname?: unknown;
    port?: unknown;
  };
  if (typeof protocol !== 'string' || typeof hostname !== 'string') return null;
  return `${protocol}//${hostname}${typeof port === 'number' ? `:${port}` : ''}`;
}
