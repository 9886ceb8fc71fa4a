import { isAbsolute, resolve } from 'node:path';
import { badConfig, type OsBuildRequest } from '@osrel/core';
import type { ContainerMount } from '../../container-engine.ts';
import {
  checkMountable,
  containerPathOf,
  REPOSITORY,
  SHARED_DOWNLOADS,
  SHARED_STATE,
  SSH_AGENT,
} from './container-paths.ts';

/** Folders of this machine that the build shares with others; absolute paths. */
export interface SharedFolders {
  readonly downloads: string;
  readonly sharedState: string;
}

/** Where the reference keeps them below the shared folder (balena-automation 1.11), unless the settings say otherwise. */
export function sharedFoldersOf({ machine, settings }: OsBuildRequest, root: string): SharedFolders {
  return {
    downloads: resolve(root, settings.downloads ?? 'shared/shared-downloads'),
    sharedState: resolve(root, settings.sharedState ?? `shared/${machine}/sstate`),
  };
}

/**
 * The request as barys sees it inside: the backend is a variable (balena-automation 1.11), and paths are those of the
 * container. Throws config `container.outside` for a template folder that the container cannot see.
 */
export function requestInside(
  request: OsBuildRequest,
  { root, apiEnvironment }: { readonly root: string; readonly apiEnvironment: string },
): OsBuildRequest {
  const { settings } = request;
  return {
    ...request,
    settings: {
      ...settings,
      templates: templatesInside(settings.templates, root),
      variables: [...settings.variables, { name: 'BALENA_API_ENV', value: apiEnvironment }],
      // A store in a folder, which the container does not see, is copied into the shared folder by the builder.
      stateCache: settings.stateCache?.read === null ? null : settings.stateCache,
    },
  };
}

export interface MountQuestion {
  readonly root: string;
  readonly folders: SharedFolders;
  /** The caller's ssh agent, or `/dev/null`. */
  readonly sshSocket: string;
}

/** The mounts of balena-automation 1.11. Throws config `container.malformed-path`. */
export function mountsOf({ root, folders, sshSocket }: MountQuestion): readonly ContainerMount[] {
  const mounts: readonly ContainerMount[] = [
    { source: root, target: REPOSITORY, access: 'read-write' },
    { source: folders.downloads, target: SHARED_DOWNLOADS, access: 'read-write' },
    { source: folders.sharedState, target: SHARED_STATE, access: 'read-write' },
    { source: sshSocket, target: SSH_AGENT, access: 'read-write' },
  ];
  for (const { source } of mounts) checkMountable('the path', source);
  return mounts;
}

function templatesInside(templates: string | null, root: string): string | null {
  if (templates === null || !isAbsolute(templates)) return templates;
  const inside = containerPathOf(templates, root);
  if (inside !== undefined) return inside;
  throw badConfig(
    'container.outside',
    `the template folder ${templates} lies outside the repository ${root}, where a build in a container cannot see it`,
    { hint: 'name a folder of a layer: layers/<layer>/conf/samples' },
  );
}
