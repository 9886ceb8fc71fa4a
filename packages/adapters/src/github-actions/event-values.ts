import { z } from 'zod';

const FORBIDDEN_IN_REF = /[\p{Cc} ~^:?*[\\]|\.\.|\/\/|@\{/u;

/** A commit id: 40 lower-case hex digits that are not all zero. */
export const commitId = z
  .string()
  .regex(/^[0-9a-f]{40}$/, 'needs a commit id of 40 hex digits')
  .refine((sha) => !isZeroId(sha), 'needs a commit, not the zero id');

/** `owner/name` of a repository. */
export const repositoryName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*\/(?!\.{1,2}$)[A-Za-z0-9._-]+$/, 'needs owner/name of a repository');

/** A branch or tag, short or full, by git's own rules (git check-ref-format). */
export const refName = z.string().refine(isRefName, 'needs a ref that git accepts');

/** An account: users, `name[bot]`, and managed users with an underscore. */
export const loginName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*(\[bot\])?$/, 'needs an account name');

/** A deployment environment as osrel.yml names them. */
export const environmentName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'needs an environment name: letters, digits, dot, dash, underscore');

/** Whether this is git's "no object": 40 zeros. */
export function isZeroId(sha: string): boolean {
  return /^0{40}$/.test(sha);
}

/** Free text from outside on one line: control characters become spaces. */
export function onOneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ').trim();
}

// A short name that begins with a dash would be read as an option by a program it is given to.
function isRefName(name: string): boolean {
  const short = name.replace(/^refs\/(heads|tags)\//, '');
  if (short === '' || short === '@' || short.startsWith('-') || short.endsWith('.')) return false;
  if (FORBIDDEN_IN_REF.test(name)) return false;
  return name.split('/').every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'));
}
