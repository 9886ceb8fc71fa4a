import { badConfig, isDigest, type OsrelError } from '@osrel/core';

export interface ImageReference {
  /** `https://registry-1.docker.io`; plain http for a registry of this machine. */
  readonly registry: string;
  /** As people write it: `docker.io`, `localhost:5000`. */
  readonly host: string;
  /** `library/alpine`. */
  readonly repository: string;
  /** What to ask the registry for: a digest where there is one, else the tag. */
  readonly wanted: string;
}

const PATH = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const HOST = /^(?:\[[0-9a-f:]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::\d{1,5})?$/i;

/**
 * Takes an image reference apart, with docker's rules for what is left out: host docker.io, its folder `library/`, tag
 * `latest`. Throws config `image.reference` naming it.
 */
export function parseImageReference(reference: string): ImageReference {
  const [named = '', digest, ...more] = reference.split('@');
  if (more.length > 0 || (digest !== undefined && !isDigest(digest)))
    throw malformed(reference, 'its digest is not "sha256:" and 64 lower-case hex digits');
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  const name = colon === -1 ? named : named.slice(0, colon);
  const tag = colon === -1 ? 'latest' : named.slice(colon + 1);
  if (!TAG.test(tag)) throw malformed(reference, `"${tag}" cannot be a tag`);
  const { host, path } = splitHost(name);
  if (!HOST.test(host)) throw malformed(reference, `"${host}" cannot be the host of a registry`);
  if (!PATH.test(path)) throw malformed(reference, `"${path}" cannot be the name of an image`);
  const isHub = host === 'docker.io' || host === 'index.docker.io';
  return {
    registry: isHub ? 'https://registry-1.docker.io' : `${isLoopback(host) ? 'http' : 'https'}://${host}`,
    host: isHub ? 'docker.io' : host,
    repository: isHub && !path.includes('/') ? `library/${path}` : path,
    wanted: digest ?? tag,
  };
}

/** Whether a host with or without port is this machine. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i.test(host);
}

function splitHost(name: string): { readonly host: string; readonly path: string } {
  const slash = name.indexOf('/');
  const first = slash === -1 ? '' : name.slice(0, slash);
  const isHost = first === 'localhost' || /[.:[]/.test(first) || first !== first.toLowerCase();
  return isHost ? { host: first, path: name.slice(slash + 1) } : { host: 'docker.io', path: name };
}

function malformed(reference: string, why: string): OsrelError {
  return badConfig('image.reference', `image reference "${reference}" is malformed: ${why}`, {
    hint: 'write it as host/name:tag or host/name@sha256:..., in the composition',
  });
}
