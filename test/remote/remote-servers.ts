import { randomUUID } from 'node:crypto';
import { addApplication } from '../servers/balena/seed-world.ts';
import { type BalenaApiServer, startBalenaApi } from '../servers/balena/start-balena-api.ts';
import { type RegistryServer, startRegistry } from '../servers/registry/start-registry.ts';
import { S3_PROFILES } from '../servers/s3/s3-profile.ts';
import { type S3Double, startS3 } from '../servers/s3/start-s3.ts';
import { type Decide, disturbServers } from './disturb-servers.ts';

/** A request of a release. */
export interface RemoteRequest {
  readonly target: 'balena' | 'registry' | 's3';
  /** HTTP method, or the operation of S3. */
  readonly method: string;
  /** With its query; the key for S3. */
  readonly path: string;
}

/** The three services that a release is published to, in memory, with one list of what they were asked. */
export interface RemoteServers {
  readonly balena: BalenaApiServer;
  readonly registry: RegistryServer;
  readonly s3: S3Double;
  readonly requests: readonly RemoteRequest[];
  /** Called for each request before anything is done about it. */
  onRequest(listener: (request: RemoteRequest) => void): void;
  /** Asked for each request from now on what goes wrong with it; null: all goes well again. */
  disturb(decide: Decide | null): void;
  close(): Promise<void>;
}

export const ORGANIZATION = 'admin';
export const APPLICATION = 'admin/raspberrypi4-64';

/** Starts them on loopback, with the application that an operator makes once. */
export async function startRemoteServers(fleets: readonly string[] = [APPLICATION]): Promise<RemoteServers> {
  const registry = await startRegistry({ login: { user: 'nobody', password: randomUUID() } });
  const balena = await startBalenaApi({
    registryHost: registry.host,
    makeRegistryToken: registry.tokens.make,
  });
  const s3 = await startS3({ ...S3_PROFILES.aws, pageSize: 1000 });
  for (const slug of fleets) addApplication(balena.world, { slug });
  const requests: RemoteRequest[] = [];
  const listeners: ((request: RemoteRequest) => void)[] = [];
  const take = (request: RemoteRequest) => {
    requests.push(request);
    for (const listen of listeners) listen(request);
  };
  balena.onRequest(({ method, path }) => take({ target: 'balena', method, path }));
  registry.onRequest = ({ method, path }) => take({ target: 'registry', method, path });
  s3.onRequest(({ operation, key }) => take({ target: 's3', method: operation, path: key }));
  return {
    balena,
    registry,
    s3,
    requests,
    onRequest: (listener) => void listeners.push(listener),
    disturb: disturbServers({ balena, registry, s3 }),
    close: async () => {
      await Promise.all([balena.close(), registry.close(), s3.close()]);
    },
  };
}

const READING: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'GetObject',
  'HeadObject',
  'GetObjectAcl',
  'ListObjectsV2',
  'ListMultipartUploads',
  'ListParts',
  'HeadBucket',
]);

/** Whether it may change anything; `canAccess` asks by POST. */
export function isWrite({ method, path }: RemoteRequest): boolean {
  return !READING.has(method) && !path.includes('/canAccess');
}

/** What is asked, without ids, digests and names of the day: the same in every run. */
export function shapeOf({ target, method, path }: RemoteRequest): string {
  const plain = path
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uuid>')
    .replaceAll(/[0-9a-f]{64}|[0-9a-f]{32}|(?<=-)[0-9a-f]{16}(?=\.json)/g, '<hex>')
    .replaceAll(/(?<=[( ])\d+(?=[) ]|$)|(?<=release )\d+(?=')/g, '<id>')
    .replaceAll(/(?<=X-Amz-Signature=).*/g, '<signature>');
  return `${target} ${method} ${plain}`;
}
