import { createFaultRules } from '../fault-rules.ts';

/** What goes wrong with a request. */
export type Fault =
  /** The server answers this instead. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** The connection is cut before anything is done. */
  | { readonly kind: 'reset' }
  /** The request is carried out and its answer lost. */
  | { readonly kind: 'lost-answer' }
  /** The answer ends in the middle. */
  | { readonly kind: 'truncated' }
  /** The answer begins and never ends. */
  | { readonly kind: 'silence' }
  /** The answer comes in pieces, after one another. */
  | { readonly kind: 'slow' }
  /** Check runs that were just written are not seen yet. */
  | { readonly kind: 'lag' };

export interface FaultRule {
  readonly fault: Fault;
  /** `GET`, `POST`, ...; left out: any. */
  readonly method?: string;
  /** Of the described route. */
  readonly route?: RegExp;
  /** How many requests it strikes; left out: one. */
  readonly times?: number;
}

export interface Faults {
  readonly add: (rule: FaultRule) => void;
  /** The fault that strikes this request, used up by it. */
  readonly take: (method: string, route: string) => Fault | undefined;
}

export function createFaults(): Faults {
  const rules = createFaultRules<{ readonly method: string; readonly route: string }, Fault>();
  return {
    add: ({ method, route, ...rule }) => {
      rules.add({
        ...rule,
        applies: (asked) =>
          (method === undefined || method === asked.method) && route?.test(asked.route) !== false,
      });
    },
    take: (method, route) => rules.take({ method, route }),
  };
}
