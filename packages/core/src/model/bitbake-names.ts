import { isSecretName } from './secret-name.ts';

/** Names that barys' `-a` and bitbake's settings take (balena-automation 1.2). */
const BITBAKE_VARIABLE = /^[A-Za-z_][A-Za-z0-9_-]*$/;
/** `balena-image`, `virtual/kernel`, `mc:other:recipe`, `recipe:do_task`; never an option. */
export const BITBAKE_TARGET = /^[A-Za-z0-9%][A-Za-z0-9_.+:/@%~-]*$/;
/** A plain folder name directly below the repository root. */
const BUILD_DIRECTORY = /^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/;
export const SUPERVISOR_VERSION = /^[A-Za-z0-9][A-Za-z0-9_.+-]*$/;
/** A folder as a settings file can say it: no blanks, quotes, `$` or `~`, for nothing expands them. */
export const PLAIN_PATH = /^[^\s"'`$\\~\p{Cc}][^\s"'`$\\\p{Cc}]*$/u;

/** Folders of a device repository that a build must never take for its own. */
const REPOSITORY_FOLDERS = [
  'balena-yocto-scripts',
  'contracts',
  'deploy',
  'layers',
  'private-contracts',
  'tests',
];

/** Variables whose value osrel settles by itself, with the way to settle it. */
const SETTLED_ELSEWHERE: Readonly<Record<string, string>> = {
  MACHINE: 'choose it with --machine',
  TOPDIR: 'name the build folder with build.directory or -b',
  TMPDIR: 'osrel looks for what was built in tmp/deploy of the build folder',
  DEPLOY_DIR: 'osrel looks for what was built in tmp/deploy of the build folder',
  DEPLOY_DIR_IMAGE: 'osrel looks for what was built in tmp/deploy of the build folder',
};

/** Why a build cannot set this variable to this value; undefined when it can. Never tells the value. */
export function problemOfVariable(name: string, value: string): string | undefined {
  if (!BITBAKE_VARIABLE.test(name)) {
    return `"${name}" is no variable name: needs letters, digits, dash and underscore, beginning with a letter or underscore`;
  }
  const elsewhere = Object.hasOwn(SETTLED_ELSEWHERE, name) ? SETTLED_ELSEWHERE[name] : undefined;
  if (elsewhere !== undefined) return `${name} cannot be set as a variable: ${elsewhere}`;
  if (/\p{Cc}/u.test(value)) return `the value of ${name} must be on one line, without control characters`;
  if (value !== '' && isSecretVariable(name)) {
    return `${name} holds a secret, which is never an argument: write build.secrets: { ${name}: { env: NAME } }`;
  }
  return undefined;
}

/** Whether a bitbake variable of this name holds a secret. The appended kernel keys count: the workflow keeps them as one. */
export function isSecretVariable(name: string): boolean {
  return isSecretName(name) || name === 'SIGN_KMOD_KEY_APPEND';
}

/** Why no build folder may have this name; undefined when it may. */
export function problemOfBuildDirectory(name: string): string | undefined {
  if (!BUILD_DIRECTORY.test(name)) {
    return `"${name}" is no name for a build folder: needs a plain folder name below the repository root`;
  }
  return REPOSITORY_FOLDERS.includes(name)
    ? `"${name}" is a folder of the repository itself; choose another name, such as build`
    : undefined;
}

/** Why this is no folder of `bblayers.conf.sample` (balena-automation 1.6); undefined when it may be. */
export function problemOfTemplates(path: string): string | undefined {
  const isPlain = PLAIN_PATH.test(path) && !path.split('/').includes('..');
  if (isPlain && (path.startsWith('/') || path.startsWith('layers/'))) return undefined;
  return `templates path "${path}" must be absolute or begin with layers/`;
}
