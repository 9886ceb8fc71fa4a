import { upstreamFailed } from '@osrel/core';

/**
 * What happens at one operation: the process dies before it, or after its effect and before its reply; or it fails once
 * with a retryable error, without any effect or after it (a lost reply).
 */
export const CUT_KINDS = ['crash-before', 'crash-after', 'fail-before', 'fail-after'] as const;
export type CutKind = (typeof CUT_KINDS)[number];

export interface CutPoint {
  /** Number of the operation, from 1, in the order they are called. */
  readonly at: number;
  readonly kind: CutKind;
}

export interface CrashingPorts<Ports> {
  readonly ports: Ports;
  /** Names of the operations so far: `hostappReleases.createDraft`. */
  readonly operations: readonly string[];
  /** Resolves when the process has "died" and what it had under way has come to rest; never without a crash. */
  readonly crashed: Promise<void>;
}

/** Methods that answer at once and touch nothing outside: they are no operations. */
const PURE_METHODS: ReadonlySet<string> = new Set(['clock.now', 'clock.sleep', 'deployFolder.pathOf']);

/**
 * Wraps every method of every port (and of anything else passed beside them, such as the journal), counts the calls and
 * cuts at one of them; null only counts. After a crash no call has an effect and none ever settles. For the same
 * numbers in every run, execute with a concurrency of 1.
 */
export function withCrashPoints<Ports extends object>(
  ports: Ports,
  cut: CutPoint | null,
): CrashingPorts<Ports> {
  const operations: string[] = [];
  const underWay = new Set<Promise<unknown>>();
  let isDead = false;
  let die = (): void => undefined;
  const crashed = new Promise<void>((resolve) => {
    die = () => {
      isDead = true;
      void Promise.allSettled(underWay).then(() => resolve());
    };
  });

  async function operate(name: string, call: () => unknown): Promise<unknown> {
    if (isDead) return never();
    operations.push(name);
    const kind = operations.length === cut?.at ? cut.kind : undefined;
    if (kind === 'fail-before') throw failure(name, 'nothing happened');
    if (kind === 'crash-before') {
      die();
      return never();
    }
    const result = await track(underWay, call);
    if (isDead) return never();
    if (kind === 'fail-after') throw failure(name, 'the reply was lost');
    if (kind !== 'crash-after') return result;
    die();
    return never();
  }

  return { ports: wrapPorts(ports, operate), operations, crashed };
}

/** How an execution over crashing ports ended: its result, or undefined after a crash. */
export function untilCrash<Result>(
  execution: Promise<Result>,
  crashing: CrashingPorts<unknown>,
): Promise<Result | undefined> {
  return Promise.race([execution, crashing.crashed.then(() => undefined)]);
}

type Operate = (name: string, call: () => unknown) => Promise<unknown>;

function wrapPorts<Ports extends object>(ports: Ports, operate: Operate): Ports {
  const wrapped = new Map<PropertyKey, unknown>();
  return new Proxy(ports, {
    get(target, name) {
      if (!wrapped.has(name)) wrapped.set(name, wrapPort(String(name), Reflect.get(target, name), operate));
      return wrapped.get(name);
    },
  });
}

function wrapPort(portName: string, port: unknown, operate: Operate): unknown {
  if (typeof port !== 'object' || port === null) return port;
  return new Proxy(port, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      const path = `${portName}.${String(name)}`;
      if (typeof method !== 'function') return method;
      if (PURE_METHODS.has(path)) return method.bind(target);
      return (...given: unknown[]) => operate(path, () => Reflect.apply(method, target, given));
    },
  });
}

async function track(underWay: Set<Promise<unknown>>, call: () => unknown): Promise<unknown> {
  const result = Promise.resolve().then(call);
  underWay.add(result);
  try {
    return await result;
  } finally {
    underWay.delete(result);
  }
}

function failure(name: string, what: string): Error {
  return upstreamFailed('crash.connection-lost', `the connection broke during ${name}: ${what}`, {
    retryable: true,
  });
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
