import type { Fault } from '../servers/balena/balena-fault.ts';
import type { BalenaApiServer } from '../servers/balena/start-balena-api.ts';
import type { RegistryFault } from '../servers/registry/registry-fault.ts';
import type { RegistryServer } from '../servers/registry/start-registry.ts';
import type { S3Fault } from '../servers/s3/s3-faults.ts';
import type { S3Double } from '../servers/s3/start-s3.ts';
import type { RemoteRequest } from './remote-servers.ts';

/** What may go wrong with a request, in words that fit each of the three servers. */
export const FAULTS = [
  '401',
  '403',
  '404',
  '409',
  '412',
  '429',
  '500',
  '503',
  '507',
  'reset before',
  'reset after',
  'truncated',
  'page with 200',
  'page with 502',
  'clock skew',
] as const;
export type FaultName = (typeof FAULTS)[number];

/** What goes wrong with a request; asked once for each, in the order in which they arrive. */
export type Decide = (request: RemoteRequest) => FaultName | undefined;

const RETRY_AFTER = { 'retry-after': '7' };
const AN_HOUR_MS = 3_600_000;
const ALWAYS = Number.POSITIVE_INFINITY;

/** Lets one question decide over the faults of three servers; answers how to ask another one. */
export function disturbServers({
  balena,
  registry,
  s3,
}: {
  readonly balena: BalenaApiServer;
  readonly registry: RegistryServer;
  readonly s3: S3Double;
}): (decide: Decide | null) => void {
  let decide: Decide | null = null;
  let decided: FaultName | undefined;
  // The first rule of each server asks the question and never applies; the others look at the answer.
  const ask = (request: RemoteRequest) => {
    decided = decide?.(request);
    return false;
  };
  balena.fail({ at: (request) => ask({ target: 'balena', ...request }), times: ALWAYS, fault: HANG });
  registry.fail({ at: (request) => ask({ target: 'registry', ...request }), times: ALWAYS, fault: HANG });
  s3.faults.fail({
    at: ({ operation, key }) => {
      ask({ target: 's3', method: operation, path: key });
      // The server looks at its clock itself: there is no answer to make up.
      s3.world.clockOffsetMs = decided === 'clock skew' ? AN_HOUR_MS : 0;
      return false;
    },
    times: ALWAYS,
    fault: { kind: 'silence' },
  });
  for (const name of FAULTS) {
    const rule = { at: () => decided === name, times: ALWAYS };
    balena.fail({ ...rule, fault: BALENA[name] });
    registry.fail({ ...rule, fault: REGISTRY[name] });
    if (name !== 'clock skew') s3.faults.fail({ ...rule, fault: S3[name] });
  }
  return (next) => {
    decide = next;
    if (next === null) s3.world.clockOffsetMs = 0;
  };
}

const HANG = { kind: 'hang' } as const;

function status(code: number, headers: Record<string, string> = {}) {
  return { kind: 'status' as const, status: code, headers };
}

const SHARED = {
  '401': status(401),
  '403': status(403),
  '404': status(404),
  '409': status(409),
  '412': status(412),
  '429': status(429, RETRY_AFTER),
  '500': status(500),
  '503': status(503),
  '507': status(507),
  'reset before': { kind: 'reset-before' },
  'reset after': { kind: 'reset-after' },
  'page with 200': { kind: 'html', status: 200 },
  'page with 502': { kind: 'html', status: 502 },
} as const;

/** Servers that check tokens refuse one that seems to be of another time. */
const BALENA: Readonly<Record<FaultName, Fault>> = {
  ...SHARED,
  truncated: { kind: 'truncated' },
  'clock skew': status(401),
};

const REGISTRY: Readonly<Record<FaultName, RegistryFault>> = {
  ...SHARED,
  truncated: { kind: 'cut-reply', afterBytes: 1 },
  'clock skew': status(401),
};

const S3: Readonly<Record<Exclude<FaultName, 'clock skew'>, S3Fault>> = {
  '401': { ...status(401), code: 'InvalidAccessKeyId' },
  '403': { ...status(403), code: 'AccessDenied' },
  '404': { ...status(404), code: 'NoSuchKey' },
  '409': { ...status(409), code: 'OperationAborted' },
  '412': { ...status(412), code: 'PreconditionFailed' },
  '429': { ...status(429, RETRY_AFTER), code: 'TooManyRequests' },
  '500': { ...status(500), code: 'InternalError' },
  '503': { ...status(503), code: 'SlowDown' },
  '507': { ...status(507), code: 'InsufficientCapacity' },
  'reset before': { kind: 'reset-before' },
  'reset after': { kind: 'reset-after' },
  truncated: { kind: 'cut' },
  'page with 200': { kind: 'page', status: 200 },
  'page with 502': { kind: 'page', status: 502 },
};
