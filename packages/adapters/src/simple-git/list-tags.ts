import { badUsage, type SourceTag } from '@osrel/core';
import type { Git } from './git-command.ts';

const PREFIX = 'refs/tags/';
const FORMAT = '%(refname)%00%(objecttype)%00%(objectname)%00%(*objecttype)%00%(*objectname)';

/**
 * The tags below a ref pattern, peeled to the commits they name; tags of trees and files are left out. The pattern is
 * `refs/tags` or one full ref name.
 */
export async function listTags(git: Git, pattern = 'refs/tags'): Promise<readonly SourceTag[]> {
  const output = await git('for-each-ref', `--format=${FORMAT}`, pattern);
  const found = await Promise.all(
    output
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => readTag(git, line)),
  );
  return found.filter((tag) => tag !== undefined);
}

/** One tag by its name. Throws usage `git.malformed-ref` on what cannot be a tag's name. */
export async function findTag(git: Git, name: string): Promise<SourceTag | undefined> {
  const tags = await listTags(git, PREFIX + checkRefName(name));
  return tags.find((tag) => tag.name === name);
}

async function readTag(git: Git, line: string): Promise<SourceTag | undefined> {
  const [ref = '', type, sha = '', peeledType, peeledSha = ''] = line.split('\0');
  const name = ref.slice(PREFIX.length);
  if (type === 'commit') return { name, sha, annotated: false };
  if (type !== 'tag') return undefined;
  if (peeledType === 'commit') return { name, sha: peeledSha, annotated: true };
  if (peeledType !== 'tag') return undefined;
  // A tag of a tag: git lists one level only.
  const target = (await git('rev-parse', '--verify', '--end-of-options', `${ref}^{}`)).trim();
  const targetType = (await git('cat-file', '-t', target)).trim();
  return targetType === 'commit' ? { name, sha: target, annotated: true } : undefined;
}

/** The name, when git could have a ref of it (git-check-ref-format) and a command line takes it for no option. */
function checkRefName(name: string): string {
  const isWellFormed =
    /^[^\s~^:?*[\\\p{Cc}-][^\s~^:?*[\\\p{Cc}]*$/u.test(name) &&
    !/\.\.|@\{|\/\/|\.lock(\/|$)|(^|\/)\.|\/$|\.$/.test(name) &&
    name !== '@';
  if (isWellFormed) return name;
  throw badUsage('git.malformed-ref', `${JSON.stringify(name)} cannot be the name of a git tag`);
}
