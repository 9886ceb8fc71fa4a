import type { Ports } from '@osrel/core';

/** Lets several machines call their remote ports one call at a time, in an order that `chance` decides. */
export interface Turns {
  /** The ports of one more machine, which takes turns from now on. */
  join(ports: Ports): Ports;
  /** The machine of these ports makes no more calls. */
  leave(ports: Ports): void;
}

type PortName = keyof Ports;

/** What others can see of a machine; the rest of it needs no turn. */
const REMOTE: ReadonlySet<PropertyKey> = new Set<PortName>([
  'objectStore',
  'hostappApplications',
  'hostappReleases',
  'releaseAssets',
  'testReceipts',
]);

/**
 * A scheduler that is fair to nobody: whenever every machine waits for a call (or has left), one of the waiting calls
 * goes on, and all others wait for its end. So one seed is one order, whatever the network does.
 */
export function takeTurns(machines: number, chance: () => number): Turns {
  const waiting: { readonly machine: Ports; readonly start: () => void }[] = [];
  const present = new Set<Ports>();
  let joined = 0;
  let isBusy = false;

  function next(): void {
    const waits = new Set(waiting.map(({ machine }) => machine));
    if (isBusy || joined < machines || [...present].some((machine) => !waits.has(machine))) return;
    const [chosen] = waiting.splice(Math.floor(chance() * waiting.length), 1);
    if (chosen === undefined) return;
    isBusy = true;
    chosen.start();
  }

  async function takeTurn(machine: Ports, call: () => unknown): Promise<unknown> {
    await new Promise<void>((start) => {
      waiting.push({ machine, start });
      next();
    });
    try {
      return await call();
    } finally {
      isBusy = false;
      // What follows from the answer is asked before anybody else may go on.
      setImmediate(next);
    }
  }

  return {
    join(ports) {
      const turned: Ports = new Proxy(ports, {
        get: (target, name) => {
          const port: unknown = Reflect.get(target, name);
          return REMOTE.has(name) ? wrapPort(port as object, (call) => takeTurn(turned, call)) : port;
        },
      });
      present.add(turned);
      joined += 1;
      return turned;
    },
    leave(ports) {
      present.delete(ports);
      next();
    },
  };
}

function wrapPort(port: object, takeTurn: (call: () => unknown) => Promise<unknown>): object {
  return new Proxy(port, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return (...given: unknown[]) => takeTurn(() => Reflect.apply(method, target, given));
    },
  });
}
