import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Credentials, checkSignature } from './check-signature.ts';
import { listObjects, listParts, listUploads } from './listing-routes.ts';
import { completeUpload, endUpload, putPart, startUpload } from './multipart-routes.ts';
import { deleteObject, putObject, readAccessList, readObject } from './object-routes.ts';
import { readWholeBody } from './read-request-body.ts';
import type { S3Answer, S3Call } from './s3-call.ts';
import { S3Failure } from './s3-failure.ts';
import { createS3Faults, type S3Fault, type S3Faults } from './s3-faults.ts';
import { operationOf, type S3LoggedRequest, type S3Operation } from './s3-log.ts';
import type { S3Profile } from './s3-profile.ts';
import { createS3World, nowMs, type S3World } from './s3-world.ts';
import { renderXml } from './xml.ts';

export interface S3Double {
  readonly endpoint: string;
  readonly bucket: string;
  readonly credentials: Credentials;
  readonly world: S3World;
  readonly faults: S3Faults;
  /** Requests in the order they were read, those that failed too. */
  readonly log: readonly S3LoggedRequest[];
  /** Most requests with a body of at least a kilobyte that were worked on at a time. */
  mostTransfers(): number;
  /** Called with each request before it is worked on. */
  onRequest(listener: (request: S3LoggedRequest) => void | Promise<void>): void;
  close(): Promise<void>;
}

const ROUTES: Readonly<Record<S3Operation, (world: S3World, call: S3Call) => S3Answer>> = {
  GetObject: readObject,
  HeadObject: readObject,
  PutObject: putObject,
  DeleteObject: deleteObject,
  GetObjectAcl: readAccessList,
  ListObjectsV2: listObjects,
  ListMultipartUploads: listUploads,
  HeadBucket: () => ({ status: 200 }),
  CreateMultipartUpload: startUpload,
  UploadPart: putPart,
  ListParts: listParts,
  CompleteMultipartUpload: completeUpload,
  AbortMultipartUpload: endUpload,
};

/** A server of the S3 protocol with one bucket, in memory, on loopback. Signatures are verified. */
export async function startS3(profile: S3Profile): Promise<S3Double> {
  const bucket = 'osrel-test';
  const world = createS3World(bucket, profile);
  const credentials = { accessKeyId: 'AKIDOSREL', secretAccessKey: 'a secret that appears nowhere' };
  const faults = createS3Faults();
  const log: S3LoggedRequest[] = [];
  const listeners: ((request: S3LoggedRequest) => void | Promise<void>)[] = [];
  let transfers = 0;
  let mostTransfers = 0;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const raw = await readWholeBody(request);
    const call = callOf(request, raw, bucket);
    const operation = operationOf(call.method, call.key, call.query);
    if (operation === undefined) throw new S3Failure(501, 'NotImplemented');
    const { key, headers } = call;
    const logged = { number: log.length + 1, operation, key, bodyBytes: raw.length, headers };
    log.push(logged);
    for (const listener of listeners) await listener(logged);
    const fault = faults.next(logged);
    const work = (): S3Answer => {
      checkSignature(request, credentials, nowMs(world));
      return ROUTES[operation](world, fault?.kind === 'flip' ? flipBit(call) : call);
    };
    send(response, { world, fault, isHead: call.method === 'HEAD', work });
  };
  const server = createServer(async (request, response) => {
    const isTransfer = Number(request.headers['content-length'] ?? 0) >= 1024;
    if (isTransfer) transfers += 1;
    mostTransfers = Math.max(mostTransfers, transfers);
    try {
      await answer(request, response);
    } catch (error) {
      if (error instanceof S3Failure) sendFailure(response, world, error);
      else response.destroy();
    } finally {
      if (isTransfer) transfers -= 1;
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    bucket,
    credentials,
    world,
    faults,
    log,
    mostTransfers: () => mostTransfers,
    onRequest: (listener) => void listeners.push(listener),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function callOf(request: IncomingMessage, raw: Buffer, bucket: string): S3Call {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const [name = '', ...key] = path.slice(1).split('/').map(decodeURIComponent);
  if (name !== bucket) throw new S3Failure(404, 'NoSuchBucket');
  const { method = '', headers } = request;
  return { method, key: key.join('/'), query: new URLSearchParams(query), headers, raw };
}

function flipBit(call: S3Call): S3Call {
  const raw = Buffer.from(call.raw);
  if (raw.length > 0) raw[0] = (raw[0] ?? 0) ^ 1;
  return { ...call, raw };
}

interface Sending {
  readonly world: S3World;
  readonly fault: S3Fault | undefined;
  readonly isHead: boolean;
  readonly work: () => S3Answer;
}

function send(response: ServerResponse, { world, fault, isHead, work }: Sending): void {
  switch (fault?.kind) {
    case 'status':
      throw withHeaders(response, fault);
    case 'reset-before':
      response.destroy();
      return;
    case 'silence':
      return;
    case 'page':
      response.writeHead(fault.status, { 'content-type': 'text/html', date: dateOf(world) });
      response.end(isHead ? undefined : '<html><body>Please sign in to the network</body></html>');
      return;
  }
  const { status, headers = {}, body = '' } = work();
  if (fault?.kind === 'reset-after') {
    response.destroy();
    return;
  }
  const bytes = Buffer.from(body);
  const length = { 'content-length': String(bytes.length) };
  const whole = { ...headers, date: dateOf(world), 'x-amz-request-id': 'double' };
  if (fault?.kind === 'truncated') {
    response.writeHead(status, { ...whole, connection: 'close' });
    response.end(bytes.subarray(0, bytes.length / 2));
    return;
  }
  response.writeHead(status, { ...whole, ...length });
  if (fault?.kind !== 'cut') {
    response.end(isHead ? undefined : bytes);
    return;
  }
  response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
}

function withHeaders(response: ServerResponse, fault: S3Fault & { readonly kind: 'status' }): S3Failure {
  for (const [name, value] of Object.entries(fault.headers ?? {})) response.setHeader(name, value);
  return new S3Failure(fault.status, fault.code);
}

function sendFailure(response: ServerResponse, world: S3World, { status, code, message }: S3Failure): void {
  response.writeHead(status, { 'content-type': 'application/xml', date: dateOf(world) });
  response.end(
    status === 304 || response.req.method === 'HEAD'
      ? undefined
      : renderXml('Error', { Code: code, Message: message }),
  );
}

function dateOf(world: S3World): string {
  return new Date(nowMs(world)).toUTCString();
}
