import { resolve } from 'node:path';
import { badConfig } from '@osrel/core';

/**
 * A folder that bitbake is told of, as an absolute path: a relative one starts at the repository root. Throws config
 * `build.malformed-path` for what bitbake's own path lists cannot hold.
 */
export function settingPath(what: string, path: string, root: string): string {
  if (path !== '' && !/[\s"'\\$`;|]/.test(path)) return resolve(root, path);
  throw badConfig('build.malformed-path', `${what} cannot be ${JSON.stringify(path)}`, {
    hint: 'an absolute path, or one relative to the repository root, without blanks, quotes, backslashes, "$", ";" and "|"',
  });
}

/** An address for bitbake's mirror lists. Throws config `build.malformed-address`. */
export function mirrorAddress(what: string, address: string): string {
  if (/^(?:https?|ftp|file|s3):\/\/[^\s"'\\$`;|]+$/.test(address)) return address.replace(/\/+$/, '');
  throw badConfig('build.malformed-address', `${what} cannot be ${JSON.stringify(address)}`, {
    hint: 'https://, http://, ftp://, file:// or s3://, without blanks, quotes, "$", ";" and "|"',
  });
}
