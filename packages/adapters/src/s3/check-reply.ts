import { Readable } from 'node:stream';
import { z } from 'zod';
import { isWebPage } from '../is-web-page.ts';
import { UnreadableReply } from './s3-errors.ts';

/** Replies that are a document: one that was cut must never be read as a shorter one. */
const DOCUMENTS: Readonly<Record<string, string>> = {
  ListObjectsV2Command: 'ListBucketResult',
  ListMultipartUploadsCommand: 'ListMultipartUploadsResult',
  ListPartsCommand: 'ListPartsResult',
  CreateMultipartUploadCommand: 'InitiateMultipartUploadResult',
  CompleteMultipartUploadCommand: 'CompleteMultipartUploadResult',
  GetObjectAclCommand: 'AccessControlPolicy',
};

const reply = z.looseObject({
  statusCode: z.number(),
  headers: z.record(z.string(), z.string()),
  body: z.unknown(),
});

export type HttpReply = z.infer<typeof reply>;

/**
 * Looks at a reply before the SDK reads it.
 *
 * @param response what came over HTTP; its body is replaced when it had to be read
 * @param command name of the SDK's command, such as `ListObjectsV2Command`
 * @returns status and headers
 * @throws UnreadableReply when a proxy answered with a page of its own, or a document is not whole
 */
export async function checkReply(response: unknown, command: string): Promise<HttpReply> {
  const parsed = reply.parse(response);
  const target = response as { body: unknown };
  const isPage = isWebPage(parsed.headers['content-type']) && parsed.headers.etag === undefined;
  if (parsed.statusCode < 300 && isPage) {
    discard(parsed.body);
    throw new UnreadableReply(
      `a web page came with status ${parsed.statusCode} instead of an answer of the store`,
    );
  }
  if (isPage) {
    // The status says it all; the page would only confuse the parser.
    discard(parsed.body);
    target.body = Readable.from([]);
    return parsed;
  }
  const root = DOCUMENTS[command];
  if (root === undefined || parsed.statusCode >= 300) return parsed;
  const bytes = await readWhole(parsed.body);
  const end = bytes.toString('utf8', Math.max(0, bytes.length - 200)).trimEnd();
  if (!end.endsWith(`</${root}>`) && !end.endsWith('</Error>')) {
    throw new UnreadableReply(`the answer is not a whole ${root}`);
  }
  target.body = Readable.from([bytes]);
  return parsed;
}

function discard(body: unknown): void {
  if (body instanceof Readable) body.on('error', () => undefined).resume();
}

async function readWhole(body: unknown): Promise<Buffer> {
  if (!(body instanceof Readable)) return Buffer.alloc(0);
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
