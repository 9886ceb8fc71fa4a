import type { IncomingHttpHeaders } from 'node:http';
import { renderXml, type XmlElement } from './xml.ts';

/** A request that was read and whose signature fits. */
export interface S3Call {
  readonly method: string;
  /** Decoded; empty for the bucket itself. */
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly raw: Buffer;
}

export interface S3Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

export function xmlAnswer(root: string, content: XmlElement): S3Answer {
  return { status: 200, headers: { 'content-type': 'application/xml' }, body: renderXml(root, content) };
}

export function headerOf({ headers }: S3Call, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}
