import { join, relative, resolve } from 'node:path';
import { badConfig } from '@osrel/core';
import { isAtOrBelow } from '../../linux-process.ts';

/** Where the helper image's entry script looks for the repository (balena-automation 1.11 and 1.12). */
export const REPOSITORY = '/work';
export const SHARED_DOWNLOADS = '/yocto/shared-downloads';
export const SHARED_STATE = '/yocto/shared-sstate';
export const SSH_AGENT = '/tmp/ssh-agent';
/** Ours: bitbake settings with secrets in them, read by conf/auto.conf. */
export const SECRET_SETTINGS = '/run/osrel/secrets.conf';

/** The path inside the container of a path of the repository; undefined for one outside, which the build cannot see. */
export function containerPathOf(path: string, root: string): string | undefined {
  const absolute = resolve(root, path);
  return isAtOrBelow(absolute, root) ? join(REPOSITORY, relative(root, absolute)) : undefined;
}

/** The path, when it can be the source of a mount. Throws config `container.malformed-path`. */
export function checkMountable(what: string, path: string): string {
  if (!path.includes(':') && !/[\r\n]/.test(path)) return path;
  throw badConfig(
    'container.malformed-path',
    `${what} ${JSON.stringify(path)} cannot be mounted into a container`,
    {
      hint: 'choose a path without colons and line ends',
    },
  );
}
