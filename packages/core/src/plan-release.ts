import { badConfig } from './errors/osrel-error.ts';
import { PIPELINES } from './pipelines/registry.ts';
import { linkPlan } from './plan/link-plan.ts';
import type { PlannedRelease, PlanRequest } from './plan-release-types.ts';
import type { Ports } from './ports/ports.ts';

/**
 * Gathers the facts of each chosen target and plans its release; writes nothing. Saved facts replace gathering.
 * @throws OsrelError refusals, whose `details.decisions` hold what was decided before
 */
export async function planRelease(request: PlanRequest, ports: Ports): Promise<readonly PlannedRelease[]> {
  const pipeline = PIPELINES.get(request.config.system);
  if (pipeline === undefined) {
    throw badConfig(
      'system.unknown',
      `system "${request.config.system}" is unknown; known: ${[...PIPELINES.keys()].join(', ')}`,
    );
  }
  const gathered = request.savedFacts === null ? await pipeline.gather(request, ports) : [request.savedFacts];
  return gathered.map((facts) => ({ facts, plan: linkPlan(pipeline.plan(facts, request)) }));
}
