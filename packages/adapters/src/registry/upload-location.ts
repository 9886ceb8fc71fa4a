import type { IncomingHttpHeaders } from 'node:http';
import { upstreamFailed } from '@osrel/core';
import { headerOf, type RegistrySession } from './registry-session.ts';

/** An upload that the registry has open. */
export interface OpenUpload {
  /** Where it goes on; lets whoever knows it write, so it is in no message. */
  readonly location: URL;
  /** Bytes the registry has. */
  readonly offset: number;
  /** No chunk but the last may be smaller than this. */
  readonly smallestChunk: number;
}

/** What the headers of a reply say about an upload; `offset` stands in for a registry that does not say how far it is. */
export function readUpload(
  session: RegistrySession,
  headers: IncomingHttpHeaders,
  { location: previous, offset }: { readonly location?: URL; readonly offset: number },
): OpenUpload {
  const range = /^(?:bytes=)?0-(\d{1,15})$/.exec(headerOf(headers, 'range') ?? '')?.[1];
  return {
    location: locationOf(session, headers, previous),
    // "0-0" is how registries say that there is nothing yet.
    offset: range === undefined ? offset : range === '0' ? 0 : Number(range) + 1,
    smallestChunk: Number(/^\d{1,12}$/.exec(headerOf(headers, 'oci-chunk-min-length') ?? '')?.[0] ?? 0),
  };
}

function locationOf(session: RegistrySession, headers: IncomingHttpHeaders, previous: URL | undefined): URL {
  const { registry } = session;
  const header = headerOf(headers, 'location');
  if (header === undefined && previous !== undefined) return previous;
  if (header === undefined || !URL.canParse(header, registry.href)) {
    throw upstreamFailed(
      'registry.not-a-registry',
      `registry ${registry.host} opened an upload to ${session.repository} without saying where`,
      { hint: `see what answers at ${registry.host}`, retryable: true },
    );
  }
  const location = new URL(header, registry);
  // Behind a proxy that ends TLS, a registry believes to be plain http.
  if (location.host === registry.host) location.protocol = registry.protocol;
  else if (location.protocol !== 'https:' && registry.protocol === 'https:') {
    throw upstreamFailed(
      'registry.astray',
      `registry ${registry.host} wants the upload to ${session.repository} sent to ${location.host} without https`,
      { hint: 'check the address of the registry' },
    );
  }
  return location;
}
