import { type BuildDescription, osBuildRequestOf, type Plan, type Ports } from '@osrel/core';

/** What one build step would run and write; the environment holds only what osrel sets itself. */
export interface DescribedBuild extends Omit<BuildDescription, 'ownVariables'> {
  readonly stepId: string;
}

/** Every build step of a plan, looked up without writing anything. Throws config and usage errors of bad settings. */
export async function describeBuilds(
  { steps }: Plan,
  { osBuilder }: Pick<Ports, 'osBuilder'>,
): Promise<readonly DescribedBuild[]> {
  const builds: DescribedBuild[] = [];
  for (const step of steps.filter(({ kind }) => kind === 'build-service')) {
    const { ownVariables, command, ...rest } = await osBuilder.describe(osBuildRequestOf(step.with));
    const environment = Object.fromEntries(
      ownVariables.flatMap((name) => {
        const value = command.environment[name];
        return value === undefined ? [] : [[name, value]];
      }),
    );
    builds.push({ stepId: step.id, ...rest, command: { ...command, environment } });
  }
  return builds;
}
