import type { Route } from './api-route.ts';
import type { BalenaWorld } from './balena-world.ts';

/** What anybody may know of the backend; of its many members those that rigs are found with. */
export function configRoutes({ deviceUrlsBase }: BalenaWorld): Route {
  return async ({ method, path }) => {
    if (method !== 'GET' || path !== '/config') return undefined;
    return { status: 200, body: { deviceUrlsBase, vpnUrl: `vpn.${deviceUrlsBase}` } };
  };
}
