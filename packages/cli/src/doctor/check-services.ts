import { asOsrelError, type DeviceType } from '@osrel/core';
import type { Workspace } from '../host.ts';
import { type Finding, missing, ok, weak } from './finding.ts';

/**
 * Whether the services of the environment can be reached with the credentials that are there: reads only, so what may be
 * written is told by `osrel permissions`. Environment `local` has none.
 */
export async function checkServices(
  workspace: Workspace,
  devices: readonly Pick<DeviceType, 'slug'>[],
): Promise<readonly Finding[]> {
  const environment = workspace.config.environments[workspace.environment];
  if (environment?.kind !== 'remote') return [];
  return Promise.all([
    ...devices.map(({ slug }) => checkApplication(workspace, slug)),
    checkStore(workspace),
    checkCodeHost(workspace),
  ]);
}

/** The API answers whoever asks about public applications, so the adapter asks first who it is. */
async function checkApplication({ ports, config, environment }: Workspace, slug: string): Promise<Finding> {
  const organization = config.environments[environment]?.balena.organization ?? '';
  const name = `application ${organization}/${slug}`;
  return finding(name, async () => {
    const found = await ports.hostappApplications.find(`${organization}/${slug}`);
    if (found === undefined)
      return missing(name, 'does not exist', 'have an operator make it: public, is_host, class app');
    return found.isHost
      ? ok(name, found.isPublic ? 'there, public' : 'there, private')
      : missing(name, 'is not bootable', 'have an operator set is_host: true');
  });
}

async function checkStore({ ports, config, environment }: Workspace): Promise<Finding> {
  const bucket = config.environments[environment]?.store.bucket ?? null;
  const name = 'object store';
  if (bucket === null)
    return weak(
      name,
      'none is configured: hostapps alone are released',
      `osrel.yml: environments.${environment}.store: {bucket: NAME}`,
    );
  return finding(name, async () => {
    await ports.objectStore.listFolders('images/');
    return ok(name, `bucket ${bucket} can be listed`);
  });
}

async function checkCodeHost({ ports, config, environment }: Workspace): Promise<Finding> {
  const name = 'code host';
  const head = await ports.sourceRepository.readHead();
  if ((config.environments[environment]?.github ?? null) === null || head.repository === null)
    return weak(
      name,
      'none is asked: no pull request and no check counts as evidence',
      `osrel.yml: environments.${environment}.github: {}`,
    );
  const { repository, sha } = head;
  return finding(name, async () => {
    const found = await ports.codeHost.findPullRequest({ repository, sha, parents: [], subject: '' });
    return ok(name, `${repository}${found === undefined ? '' : `, pull request #${found.number}`}`);
  });
}

/** A service that says no is a finding, with its own words for what to do. */
async function finding(name: string, look: () => Promise<Finding>): Promise<Finding> {
  try {
    return await look();
  } catch (error) {
    const known = asOsrelError(error);
    if (known === undefined) throw error;
    return missing(name, known.message, known.hint ?? 'see what it says');
  }
}
