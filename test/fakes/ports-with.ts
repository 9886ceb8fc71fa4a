import type { Ports } from '@osrel/core';

/** Ports of which only the given ones may be touched: any other fails the test that touches it. */
export function portsWith(given: { readonly [Name in keyof Ports]?: Partial<Ports[Name]> }): Ports {
  const ports = new Proxy(given, {
    get(target, name) {
      if (Object.hasOwn(target, name)) return Reflect.get(target, name);
      throw new Error(`the test has no port "${String(name)}"`);
    },
  });
  // The proxy answers for every port, even if only to refuse.
  return ports as Ports;
}
