import { realpath } from 'node:fs/promises';
import { findCheckoutRoot } from './checkout-root.ts';
import { createGit } from './git-command.ts';
import { findTag } from './list-tags.ts';

export interface DescribeCheckoutOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/**
 * Makes a function that answers the nearest tag of a submodule: `git describe --tags --abbrev=0` in the folder, or
 * null when the folder is missing, is no checkout of its own, or has no tag (balena-automation 2.3).
 */
export function createDescribeCheckout(
  options: DescribeCheckoutOptions = {},
): (directory: string) => Promise<string | null> {
  return async (directory) => {
    const root = await findCheckoutRoot(directory);
    // A plain folder inside the device repository would otherwise be described by the tags of that.
    if (root === undefined || root !== (await realpath(directory))) return null;
    const git = createGit({ ...options, root });
    // With --always a checkout without tags answers its commit, which is no tag's name.
    const nearest = (await git('describe', '--tags', '--abbrev=0', '--always')).trim();
    return (await findTag(git, nearest)) === undefined ? null : nearest;
  };
}
