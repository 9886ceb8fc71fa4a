import { notPermitted, upstreamFailed } from '@osrel/core';
import { z } from 'zod';
import type { Authorize } from '../image-registry.ts';
import type { BalenaClient } from './balena-client.ts';
import { nameOfKey } from './balena-failure.ts';

const answerSchema = z.looseObject({ token: z.string().min(1) });
const payloadSchema = z.looseObject({
  access: z.array(z.looseObject({ name: z.string(), actions: z.array(z.string()) })),
});

/**
 * Tokens for the registry from the API, whatever token server the registry names: the key goes to the API alone. A
 * token is given also when nothing was granted, so it is read before it is used (recorded exchanges). Throws permission
 * `balena.push-refused`.
 */
export function createRegistryAuthorize(
  client: BalenaClient,
  { registry, tokenVariable }: { readonly registry: string; readonly tokenVariable: string | null },
): Authorize {
  return async ({ service, scopes }) => {
    const query = new URLSearchParams({ service: service ?? new URL(registry).host });
    for (const scope of scopes) query.append('scope', scope);
    const answer = answerSchema.safeParse(
      await client.request({ method: 'GET', path: `/auth/v1/token?${query}` }),
    );
    if (!answer.success) {
      throw upstreamFailed('balena.answer-unexpected', 'the API gave no token for its registry', {
        hint: 'the server may be of another version than this osrel knows; look for a newer osrel',
      });
    }
    checkGrants(answer.data.token, { scopes, key: nameOfKey(tokenVariable) });
    return answer.data.token;
  };
}

function checkGrants(
  token: string,
  { scopes, key }: { readonly scopes: readonly string[]; readonly key: string },
): void {
  const granted = grantsOf(token);
  if (granted === undefined) return;
  for (const scope of scopes) {
    const [, name = '', actions = ''] = /^repository:(.+):([a-z,*]+)$/.exec(scope) ?? [];
    // Reading another image is only wished for: without it layers are sent instead of mounted.
    if (!actions.split(',').includes('push') || granted.get(name)?.includes('push') === true) continue;
    throw notPermitted('balena.push-refused', `${key} may not push to ${name} in the registry`, {
      hint: 'give its account the role "developer" or more in the application; see "osrel permissions"',
      details: { repository: name, granted: granted.get(name) ?? [] },
    });
  }
}

/** Actions by repository; undefined for a token that does not tell. */
function grantsOf(token: string): ReadonlyMap<string, readonly string[]> | undefined {
  try {
    const text = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
    const { access } = payloadSchema.parse(JSON.parse(text));
    return new Map(access.map(({ name, actions }) => [name, actions]));
  } catch {
    return undefined;
  }
}
