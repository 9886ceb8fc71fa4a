import type { EnvironmentConfig, Permissions, Plan } from '@osrel/core';
import { renderTable } from './table.ts';
import { wrapText } from './wrap.ts';

export interface ShownPermissions {
  readonly permissions: Permissions;
  readonly plans: readonly Plan[];
  readonly environment: EnvironmentConfig;
}

const WIDTH = 100;

/** What each credential must be allowed, service by service; ends with a newline. */
export function renderPermissions({ permissions, plans, environment }: ShownPermissions): string {
  const { aws, balena, github, notes } = permissions;
  const targets = plans.map(({ target }) => `${target.slug} ${target.version}`).join(', ');
  const blocks = [
    `What the credentials of ${environment.name} must be allowed for ${targets === '' ? 'nothing' : targets}.`,
    ...(aws === null ? [] : [`AWS (IAM policy)\n${JSON.stringify(aws.policy, null, 2)}`]),
    ...(balena === null ? [] : [renderBalena(balena, environment)]),
    ...(github === null ? [] : [renderGithub(github, environment)]),
    ...notes.map((note) => wrapText(`note: ${note}`, WIDTH, '  ')),
  ];
  return `${blocks.map((block) => block.trimEnd()).join('\n\n')}\n`;
}

function renderBalena(
  { host, applications, resources, registry }: NonNullable<Permissions['balena']>,
  { secrets }: EnvironmentConfig,
): string {
  const rows = resources.map(({ resource, operations }) => [resource, operations.join(', ')]);
  const images = registry.length === 0 ? [] : [['images in the registry', registry.join(', ')]];
  return [
    `balena API key${variable(secrets.balenaApiKey?.env)} on ${host}, for ${applications.join(', ')}`,
    renderTable([{ title: 'RESOURCE' }, { title: 'OPERATIONS' }], [...rows, ...images]),
  ].join('\n');
}

function renderGithub(
  { permissions }: NonNullable<Permissions['github']>,
  { secrets }: EnvironmentConfig,
): string {
  const name = secrets.githubAppKey?.env ?? secrets.githubToken?.env;
  const lines = Object.entries(permissions).map(([scope, level]) => `  ${scope}: ${level}`);
  return [`GitHub token or App${variable(name)}; as a workflow writes it`, 'permissions:', ...lines].join(
    '\n',
  );
}

function variable(name: string | undefined): string {
  return name === undefined ? '' : ` (${name})`;
}
