import { badUsage } from '../../errors/osrel-error.ts';
import type { PlanRequest } from '../../plan-release-types.ts';

/** Handle of the organization that owns the hostapp applications of the request's environment. */
export function organizationOf(request: Pick<PlanRequest, 'config' | 'environment'>): string {
  const environment = request.config.environments[request.environment];
  if (environment !== undefined) return environment.balena.organization;
  const known = Object.keys(request.config.environments).join(', ');
  throw badUsage(
    'environment.unknown',
    `environment "${request.environment}" is not configured; known: ${known}`,
    {
      hint: 'add it under environments: in osrel.yml, or choose with --env NAME',
    },
  );
}
