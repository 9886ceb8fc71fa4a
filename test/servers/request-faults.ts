import { createFaultRules, type FaultRules } from './fault-rules.ts';

/** Which requests something goes wrong with, by what they ask for. */
export interface RequestFaultRule<Fault> {
  /** Absent: any. */
  readonly method?: string;
  /** Matched against the path with its query. */
  readonly path?: RegExp;
  /** Asked last, for what method and path cannot say. */
  readonly at?: (request: Asked) => boolean;
  /** The how manyeth matching request fails first, from 1; 1 when absent. */
  readonly nth?: number;
  /** How many fail from then on; 1 when absent, Infinity for all. */
  readonly times?: number;
  readonly fault: Fault;
}

interface Asked {
  readonly method: string;
  readonly path: string;
}

export interface RequestFaults<Fault> {
  fail(rule: RequestFaultRule<Fault>): void;
  /** The fault for this request, which counts it. */
  next(request: Asked): Fault | undefined;
  /** Forgets all rules. */
  heal(): void;
}

/** What goes wrong with requests of a double; nothing at first. */
export function createRequestFaults<Fault>(): RequestFaults<Fault> {
  const rules: FaultRules<Asked, Fault> = createFaultRules();
  return {
    fail: ({ method, path, at, ...rule }) => {
      const applies = (asked: Asked) =>
        (method === undefined || method === asked.method) &&
        path?.test(asked.path) !== false &&
        at?.(asked) !== false;
      rules.add({ ...rule, applies });
    },
    next: rules.take,
    heal: rules.clear,
  };
}
