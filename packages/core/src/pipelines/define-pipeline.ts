import type { Json } from '../model/json-value.ts';
import { plainJson } from '../model/plain-json.ts';
import type { UnlinkedPlan } from '../plan/plan.ts';
import type { PlanRequest } from '../plan-release-types.ts';
import type { Ports } from '../ports/ports.ts';

/** One release system: what it needs to know, and the plan it makes from that. */
export interface Pipeline {
  /** The word of `system:` in osrel.yml. */
  readonly system: string;
  /** Facts of each chosen target; reads only. Throws usage, config and upstream errors. */
  readonly gather: (request: PlanRequest, ports: Ports) => Promise<readonly Json[]>;
  /** Pure: the same facts and request give the same plan. Throws refusals with the decisions made so far. */
  readonly plan: (facts: Json, request: PlanRequest) => UnlinkedPlan;
}

interface TypedPipeline<Facts> {
  readonly system: string;
  readonly gather: (request: PlanRequest, ports: Ports) => Promise<readonly Facts[]>;
  /** Facts from a file are as untrusted as any input: parse before planning. */
  readonly parseFacts: (raw: unknown) => Facts;
  readonly plan: (facts: Facts, request: PlanRequest) => UnlinkedPlan;
}

/** Declares a pipeline; its facts pass through JSON, so that saved facts replay to the same plan. */
export function definePipeline<Facts>(pipeline: TypedPipeline<Facts>): Pipeline {
  return {
    system: pipeline.system,
    gather: async (request, ports) => {
      const facts = await pipeline.gather(request, ports);
      return facts.map(plainJson);
    },
    plan: (facts, request) => pipeline.plan(pipeline.parseFacts(facts), request),
  };
}
