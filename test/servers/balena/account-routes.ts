import { createHmac, randomUUID } from 'node:crypto';
import type { Route } from './api-route.ts';
import type { Account, BalenaWorld } from './balena-world.ts';

const FOUR_HOURS_S = 14_400;

/** Who a key belongs to, and what it may do in the registry. */
export function accountRoutes(world: BalenaWorld): Route {
  return async ({ method, path, url, account }) => {
    if (method !== 'GET') return undefined;
    if (path === '/actor/v1/whoami') {
      if (account === undefined || account.grants === 'none') return { status: 401 };
      const { id, username } = account;
      return {
        status: 200,
        body: { id, actorType: 'user', actorTypeId: id, username, email: 'operator@example.test' },
      };
    }
    if (path !== '/auth/v1/token') return undefined;
    if (account === undefined) return { status: 401 };
    const payload = {
      jti: randomUUID(),
      ...lifetime(world.now()),
      access: url.searchParams.getAll('scope').flatMap((scope) => grantOf(world, account, scope)),
      aud: url.searchParams.get('service'),
      iss: url.host,
      sub: account.username,
    };
    const token = world.makeRegistryToken?.(payload.access.map(scopeOf)) ?? tokenOf(payload);
    return { status: 200, body: { token } };
  };
}

interface Grant {
  readonly name: string;
  readonly type: 'repository';
  readonly actions: readonly string[];
}

function scopeOf({ name, actions }: Grant): string {
  return `repository:${name}:${actions.join(',')}`;
}

/** A foreign repository is listed with no actions: the token is given all the same. */
function grantOf(world: BalenaWorld, account: Account, scope: string): readonly Grant[] {
  const match = /^repository:([^:]+):(.+)$/.exec(scope);
  if (match?.[1] === undefined || match[2] === undefined) return [];
  const [, name, actions] = match;
  const known = world
    .rows('image')
    .some((image) => image.is_stored_at__image_location === `${world.registryHost}/${name}`);
  const granted = actions.split(',').filter((action) => action === 'pull' || account.grants === 'write');
  return [{ name, type: 'repository', actions: known ? granted : [] }];
}

function lifetime(nowMs: number) {
  const issued = Math.floor(nowMs / 1000);
  return { nbf: issued - 10, iat: issued, exp: issued + FOUR_HOURS_S };
}

function tokenOf(payload: unknown): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(payload)}`;
  return `${signed}.${createHmac('sha256', 'registry').update(signed).digest('base64url')}`;
}
