import { notPermitted } from '@osrel/core';
import type { Authorize } from '../image-registry.ts';
import type { RegistryLogin } from './docker-logins.ts';
import { basicHeader } from './fetch-token.ts';
import { parseChallenge } from './parse-challenge.ts';

/** The `Authorization` header of one registry, shared by requests that run at once. */
export interface RegistryAuthorization {
  readonly current: () => string | undefined;
  /** Gets a new one after the registry refused `used` with this `WWW-Authenticate` header; several at once get the same. */
  readonly renew: (used: string | undefined, challenge: string | undefined) => Promise<string>;
}

export interface AuthorizationTerms {
  readonly host: string;
  readonly scopes: readonly string[];
  readonly authorize: Authorize;
  /** For registries that want user and password with each request. */
  readonly login: RegistryLogin | undefined;
}

export function createRegistryAuthorization(terms: AuthorizationTerms): RegistryAuthorization {
  let header: string | undefined;
  let renewal: Promise<string> | undefined;
  return {
    current: () => header,
    renew: (used, challenge) => {
      // Somebody else was faster.
      if (renewal === undefined && header !== undefined && header !== used) return Promise.resolve(header);
      renewal ??= askForHeader(terms, challenge)
        .then((fresh) => {
          header = fresh;
          return fresh;
        })
        .finally(() => {
          renewal = undefined;
        });
      return renewal;
    },
  };
}

async function askForHeader(
  { host, scopes, authorize, login }: AuthorizationTerms,
  header: string | undefined,
): Promise<string> {
  const challenge = parseChallenge(header);
  if (challenge?.scheme === 'basic') {
    if (login !== undefined) return basicHeader(login);
    throw notPermitted('registry.refused', `registry ${host} asks for user and password, none are known`, {
      hint: `log in with docker login ${host} (a credential helper's logins cannot be read)`,
    });
  }
  const { realm = null, service = null } = challenge ?? {};
  return `Bearer ${await authorize({ realm, service, scopes })}`;
}
