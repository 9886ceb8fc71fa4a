/** Which requests something goes wrong with. */
export interface FaultRule<Request, Fault> {
  readonly applies: (request: Request) => boolean;
  /** The how manyeth such request fails first, from 1; 1 when absent. */
  readonly nth?: number | undefined;
  /** How many fail from then on; 1 when absent, Infinity for all. */
  readonly times?: number | undefined;
  readonly fault: Fault;
}

export interface FaultRules<Request, Fault> {
  add(rule: FaultRule<Request, Fault>): void;
  /** The fault for this request, which counts it: of the oldest rule that applies and has failures left. */
  take(request: Request): Fault | undefined;
  /** Forgets all rules. */
  clear(): void;
}

/** Rules of a server double; none at first. */
export function createFaultRules<Request, Fault>(): FaultRules<Request, Fault> {
  const kept: { readonly rule: FaultRule<Request, Fault>; seen: number; left: number }[] = [];
  return {
    add: (rule) => {
      kept.push({ rule, seen: 0, left: rule.times ?? 1 });
    },
    take: (request) => {
      const matching = kept.filter(({ rule }) => rule.applies(request));
      for (const each of matching) each.seen += 1;
      const due = matching.find(({ rule, seen, left }) => seen >= (rule.nth ?? 1) && left > 0);
      if (due === undefined) return undefined;
      due.left -= 1;
      return due.rule.fault;
    },
    clear: () => {
      kept.length = 0;
    },
  };
}
