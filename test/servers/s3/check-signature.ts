import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { S3Failure } from './s3-failure.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const LARGEST_SKEW_MS = 15 * 60_000;

/**
 * Verifies AWS Signature Version 4 in the Authorization header; the payload is verified by its hash elsewhere.
 *
 * @throws S3Failure as AWS words it
 */
export function checkSignature(request: IncomingMessage, credentials: Credentials, nowMs: number): void {
  const { authorization } = request.headers;
  if (authorization === undefined) throw new S3Failure(403, 'AccessDenied', 'the request is not signed');
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      authorization,
    );
  const [, accessKeyId = '', day = '', region = '', signedHeaders = '', signature = ''] = match ?? [];
  if (match === null) throw new S3Failure(400, 'AuthorizationHeaderMalformed');
  if (accessKeyId !== credentials.accessKeyId) throw new S3Failure(403, 'InvalidAccessKeyId');
  const date = String(request.headers['x-amz-date'] ?? '');
  if (Math.abs(parseAmzDate(date) - nowMs) > LARGEST_SKEW_MS)
    throw new S3Failure(403, 'RequestTimeTooSkewed');
  const scope = `${day}/${region}/s3/aws4_request`;
  const canonical = createHash('sha256').update(canonicalRequest(request, signedHeaders)).digest('hex');
  const text = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${canonical}`;
  const hmac = (key: string | Buffer, content: string) => createHmac('sha256', key).update(content).digest();
  const key = [day, region, 's3', 'aws4_request'].reduce<string | Buffer>(
    (before, each) => hmac(before, each),
    `AWS4${credentials.secretAccessKey}`,
  );
  if (hmac(key, text).toString('hex') !== signature) throw new S3Failure(403, 'SignatureDoesNotMatch');
}

function canonicalRequest(request: IncomingMessage, signedHeaders: string): string {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const pairs = query === '' ? [] : query.split('&').map((pair) => (pair.includes('=') ? pair : `${pair}=`));
  const headers = signedHeaders.split(';').map(
    (name) =>
      `${name}:${String(request.headers[name] ?? '')
        .trim()
        .replaceAll(/ +/g, ' ')}\n`,
  );
  return [
    request.method,
    path,
    pairs.sort().join('&'),
    headers.join(''),
    signedHeaders,
    request.headers['x-amz-content-sha256'],
  ].join('\n');
}

/** `20261121T101314Z`. */
function parseAmzDate(text: string): number {
  return Date.parse(text.replace(/^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/, '$1-$2-$3T$4:$5:$6Z'));
}
