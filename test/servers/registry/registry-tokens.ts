import { randomUUID } from 'node:crypto';
import { complaint, type RegistryAnswer, type RegistryCall } from './registry-answer.ts';

export interface RegistryDoor {
  /** Who may push; whoever has no login may pull only. Absent: everybody may do everything. */
  readonly login?: { readonly user: string; readonly password: string };
  readonly scheme: 'bearer' | 'basic';
}

/** Token authentication: a token server and the check of what it gave out. */
export interface RegistryTokens {
  /** `GET /token`. */
  readonly issue: (call: RegistryCall) => RegistryAnswer;
  /** A token for these scopes, as a server elsewhere would make it. */
  readonly make: (scopes: readonly string[]) => string;
  /** No token that was given out so far is good any longer. */
  readonly expireAll: () => void;
  /** The refusal; undefined for a request that may go on. */
  readonly refuse: (call: RegistryCall, repository: string, realm: string) => RegistryAnswer | undefined;
}

export function createRegistryTokens({ login, scheme }: RegistryDoor): RegistryTokens {
  const tokens = new Map<string, readonly string[]>();
  const make = (scopes: readonly string[]) => {
    const token = randomUUID();
    tokens.set(token, scopes);
    return token;
  };
  const basic =
    login === undefined ? '' : `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;
  return {
    make,
    issue: ({ url, headers }) => {
      const isKnown = headers.authorization === basic;
      if (headers.authorization !== undefined && !isKnown) return complaint(401, 'UNAUTHORIZED');
      const scopes = url.searchParams.getAll('scope');
      const granted = isKnown ? scopes : scopes.map((scope) => scope.replace(/:[^:]*$/, ':pull'));
      return { status: 200, body: JSON.stringify({ token: make(granted) }) };
    },
    expireAll: () => tokens.clear(),
    refuse: ({ method, headers }, repository, realm) => {
      if (login === undefined) return undefined;
      const action = method === 'GET' || method === 'HEAD' ? 'pull' : 'push';
      if (scheme === 'basic') {
        if (headers.authorization === basic) return undefined;
        return complaint(401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="test"' });
      }
      const scopes = tokens.get(String(headers.authorization ?? '').replace(/^Bearer /, '')) ?? [];
      const isGranted = scopes.some((scope) => {
        const [, name, actions = ''] = /^repository:(.+):([^:]*)$/.exec(scope) ?? [];
        return name === repository && actions.split(',').includes(action);
      });
      if (isGranted) return undefined;
      const scope = `repository:${repository}:${action === 'push' ? 'pull,push' : 'pull'}`;
      return complaint(401, 'UNAUTHORIZED', {
        'www-authenticate': `Bearer realm="${realm}",service="test registry",scope="${scope}"`,
      });
    },
  };
}
