/** What a `WWW-Authenticate` header asks for. */
export interface Challenge {
  readonly scheme: 'bearer' | 'basic';
  readonly realm: string | null;
  readonly service: string | null;
  readonly scope: string | null;
}

const PARAMETER = /([a-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/gi;

/** The first challenge of the header that a registry client can answer; undefined when there is none. RFC 9110, 11.6.1. */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  const start = /(?:^|,\s*)(bearer|basic)(?=\s|$)/i.exec(header ?? '');
  if (header === undefined || start === null) return undefined;
  const parameters = new Map<string, string>();
  for (const [, name, quoted, bare] of header.slice(start.index + start[0].length).matchAll(PARAMETER)) {
    const key = (name ?? '').toLowerCase();
    // The next challenge of the same header repeats names: the first is ours.
    if (!parameters.has(key)) parameters.set(key, quoted?.replaceAll(/\\(.)/g, '$1') ?? bare ?? '');
  }
  return {
    scheme: start[1]?.toLowerCase() === 'basic' ? 'basic' : 'bearer',
    realm: parameters.get('realm') ?? null,
    service: parameters.get('service') ?? null,
    scope: parameters.get('scope') ?? null,
  };
}
