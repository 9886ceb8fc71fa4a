import { badConfig, type Clock } from '@osrel/core';
import type { Authorize, ImageTarget } from '../image-registry.ts';
import { findLogin } from './docker-logins.ts';
import { MOST_MOUNT_CANDIDATES } from './ensure-blob.ts';
import { createTokenFetch } from './fetch-token.ts';
import type { ImageReference } from './parse-image-reference.ts';
import { createRegistryAuthorization, type RegistryAuthorization } from './registry-authorization.ts';
import { createRegistrySession, type RegistrySession } from './registry-session.ts';

/** What every request of the adapter needs. */
export interface RegistryTerms {
  readonly clock: Clock;
  /** Absolute path; holds packed layers while they are on their way. */
  readonly cacheFolder: string;
  /** The text of docker's config.json, if there is one. */
  readonly readDockerConfig: () => Promise<string | undefined>;
  readonly chunkBytes: number;
  readonly silenceMs: number;
}

export interface OpenedSession {
  readonly session: RegistrySession;
  /** The same with another signal. */
  readonly until: (signal: AbortSignal) => RegistrySession;
}

/** Opens the repository that receives an image. No request goes out yet. */
export async function openTarget(terms: RegistryTerms, target: ImageTarget): Promise<OpenedSession> {
  const registry = registryAddress(target.registry);
  const lenders = target.mountFrom
    .filter((each) => each !== target.repository)
    .slice(0, MOST_MOUNT_CANDIDATES);
  const scopes = [
    `repository:${target.repository}:pull,push`,
    ...lenders.map((each) => `repository:${each}:pull`),
  ];
  return openRepository(terms, { ...target, registry, scopes });
}

/** Opens the repository that an image is read from. */
export async function openSource(
  terms: RegistryTerms,
  { registry, repository }: ImageReference,
  signal: AbortSignal | undefined,
): Promise<OpenedSession> {
  const scopes = [`repository:${repository}:pull`];
  return openRepository(terms, { registry: new URL(registry), repository, scopes, signal });
}

interface RepositoryWish {
  readonly registry: URL;
  readonly repository: string;
  readonly scopes: readonly string[];
  readonly authorize?: Authorize;
  readonly credential?: string;
  readonly signal?: AbortSignal | undefined;
}

async function openRepository(terms: RegistryTerms, wish: RepositoryWish): Promise<OpenedSession> {
  const { clock, silenceMs } = terms;
  const { registry, repository, credential, signal } = wish;
  const authorization = await createAuthorization(terms, wish);
  const shared = { registry, repository, authorization, credential, clock, silenceMs };
  return {
    session: createRegistrySession({ ...shared, signal }),
    until: (other) => createRegistrySession({ ...shared, signal: other }),
  };
}

async function createAuthorization(
  { clock, silenceMs, readDockerConfig }: RegistryTerms,
  { registry, scopes, authorize, signal }: RepositoryWish,
): Promise<RegistryAuthorization> {
  const { host } = registry;
  // Whoever brings a way to authorize needs no login, and no docker config that can be read.
  const login = authorize === undefined ? findLogin(await readDockerConfig(), host) : undefined;
  const fetch = authorize ?? createTokenFetch({ clock, silenceMs, login, registry, signal });
  return createRegistryAuthorization({ host, scopes, authorize: fetch, login });
}

function registryAddress(registry: string): URL {
  const url = URL.canParse(registry) ? new URL(registry) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === '') return url;
  throw badConfig(
    'registry.address',
    `"${registry.replace(/\/\/[^/]*@/, '//')}" is no address of a registry`,
    {
      hint: 'write it as https://host, without a user',
    },
  );
}
