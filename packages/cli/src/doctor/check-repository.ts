import { asOsrelError } from '@osrel/core';
import { chooseDevices } from '../choose-devices.ts';
import type { Workspace } from '../host.ts';
import type { Settings } from '../settings.ts';
import { type Finding, missing, ok, weak } from './finding.ts';
import { nameSome } from './name-some.ts';

/** The checkout: git, VERSION, device types. */
export async function checkRepository(workspace: Workspace, settings: Settings): Promise<readonly Finding[]> {
  return Promise.all([
    examine('git checkout', () => checkHead(workspace)),
    examine('VERSION', () => checkVersionFile(workspace)),
    examine('device types', async () => {
      const devices = await chooseDevices(workspace, { ...settings, machines: [], slug: null });
      return ok('device types', nameSome(devices.map((device) => device.fileBaseName)));
    }),
  ]);
}

/** Whether each secret of the environment is set; values are never looked at. */
export function checkSecrets(
  { config, environment }: Workspace,
  variables: Readonly<Record<string, string | undefined>>,
): readonly Finding[] {
  const secrets = Object.entries(config.environments[environment]?.secrets ?? {});
  if (secrets.length === 0) return [ok('credentials', `environment ${environment} needs none`)];
  return secrets.map(([name, { env }]) =>
    (variables[env] ?? '') === ''
      ? missing(`secret ${name}`, `${env} is not set`, `set it for this environment: export ${env}=…`)
      : ok(`secret ${name}`, `${env} is set`),
  );
}

async function checkHead({ ports }: Workspace): Promise<Finding> {
  const head = await ports.sourceRepository.readHead();
  const found = `${head.shortSha} of ${head.repository ?? 'a repository without origin'}`;
  if (head.dirtyPaths.length === 0) return ok('git checkout', found);
  const list = head.dirtyPaths.slice(0, 3).join(', ');
  return weak(
    'git checkout',
    `${found}, ${head.dirtyPaths.length} path(s) not committed: ${list}`,
    'commit before a release: git status',
  );
}

async function checkVersionFile({ ports }: Workspace): Promise<Finding> {
  const { version } = await ports.deviceRepository.readIdentity();
  return version === undefined
    ? missing('VERSION', 'no such file', 'write one: echo 1.0.0 > VERSION')
    : ok('VERSION', version);
}

/** An error of osrel becomes a finding; anything else is a defect. */
async function examine(name: string, check: () => Promise<Finding>): Promise<Finding> {
  try {
    return await check();
  } catch (error) {
    const known = asOsrelError(error);
    if (known === undefined) throw error;
    return missing(name, known.message, known.hint ?? 'correct it, then run osrel doctor again');
  }
}
