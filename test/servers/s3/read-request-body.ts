import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { crc32 } from 'node:zlib';
import { crc64ToBase64, createCrc64 } from '../../../packages/adapters/src/s3/crc64-nvme.ts';
import { S3Failure } from './s3-failure.ts';
import type { S3Profile } from './s3-profile.ts';
import type { ChecksumName } from './s3-world.ts';

export interface CheckedBody {
  readonly bytes: Buffer;
  /** Those that came with it and were verified. */
  readonly checksums: Readonly<Partial<Record<ChecksumName, string>>>;
}

/** Reads a body that has come whole; one that was cut throws what Node throws. */
export async function readWholeBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/**
 * Decodes and verifies content against everything the request says about it.
 *
 * @throws S3Failure for content that is not what was announced
 */
export function checkBody(raw: Buffer, headers: IncomingMessage['headers'], profile: S3Profile): CheckedBody {
  const told = headers['x-amz-content-sha256'];
  const isChunked = typeof told === 'string' && told.startsWith('STREAMING-');
  const { bytes, trailers } = isChunked ? decodeChunks(raw) : { bytes: raw, trailers: {} };
  const wanted = headers['x-amz-decoded-content-length'];
  if (wanted !== undefined && Number(wanted) !== bytes.length) throw new S3Failure(400, 'IncompleteBody');
  if (typeof told === 'string' && /^[0-9a-f]{64}$/.test(told) && told !== digestOf('sha256', bytes, 'hex')) {
    throw new S3Failure(400, 'XAmzContentSHA256Mismatch');
  }
  const md5 = headers['content-md5'];
  if (md5 !== undefined && md5 !== digestOf('md5', bytes, 'base64')) throw new S3Failure(400, 'BadDigest');
  return { bytes, checksums: checkChecksums(bytes, { ...headers, ...trailers }, profile) };
}

/** `aws-chunked`: `<hex size>[;chunk-signature=...]\r\n<bytes>\r\n` ... `0\r\n`, then trailers. */
function decodeChunks(raw: Buffer): { readonly bytes: Buffer; readonly trailers: Record<string, string> } {
  const chunks: Buffer[] = [];
  for (let from = 0; ; ) {
    const lineEnd = raw.indexOf('\r\n', from);
    if (lineEnd < 0) throw new S3Failure(400, 'IncompleteBody');
    const size = Number.parseInt(raw.toString('latin1', from, lineEnd), 16);
    if (!Number.isInteger(size)) throw new S3Failure(400, 'InvalidRequest', 'a chunk has no size');
    const start = lineEnd + 2;
    if (size === 0) {
      const lines = raw
        .toString('latin1', start)
        .split('\r\n')
        .filter((line) => line.includes(':'));
      const pairs = lines.map((line) => [
        line.split(':')[0]?.toLowerCase() ?? '',
        line.slice(line.indexOf(':') + 1),
      ]);
      return { bytes: Buffer.concat(chunks), trailers: Object.fromEntries(pairs) };
    }
    if (start + size + 2 > raw.length) throw new S3Failure(400, 'IncompleteBody');
    chunks.push(raw.subarray(start, start + size));
    from = start + size + 2;
  }
}

function checkChecksums(bytes: Buffer, headers: Readonly<Record<string, unknown>>, { checksums }: S3Profile) {
  const found: Partial<Record<ChecksumName, string>> = {};
  for (const name of checksums) {
    const told = headers[`x-amz-checksum-${name.toLowerCase()}`];
    if (typeof told !== 'string') continue;
    if (told !== checksumOf(name, bytes)) throw new S3Failure(400, 'BadDigest', `wrong ${name}`);
    found[name] = told;
  }
  return found;
}

/** As headers show it, in base64. */
export function checksumOf(name: ChecksumName, bytes: Uint8Array): string {
  if (name === 'SHA256') return digestOf('sha256', bytes, 'base64');
  if (name === 'CRC64NVME') {
    const crc = createCrc64();
    crc.update(bytes);
    return crc64ToBase64(crc.value());
  }
  const four = Buffer.alloc(4);
  four.writeUInt32BE(crc32(bytes));
  return four.toString('base64');
}

function digestOf(algorithm: 'sha256' | 'md5', bytes: Uint8Array, encoding: 'hex' | 'base64'): string {
  return createHash(algorithm).update(bytes).digest(encoding);
}
