import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { type OsrelError, toolFailed } from '@osrel/core';
import { isMissing } from '../../if-present.ts';
import type { RunProgram } from '../../program-runner.ts';

export type Variables = Readonly<Record<string, string>>;

/**
 * Constant: what differs arrives as $1 (the init script) and $2 (the build folder). Its talk goes to stderr, so that
 * stdout holds the environment and nothing else. The status of the script says nothing: old ones give 0 after a
 * failure, others 1 after a success.
 */
const SCRIPT = 'exec 3>&1 1>&2; source "$1" "$2"; exec env -0 >&3';

/** Made by the shell itself, or read by it before it does anything. */
const OF_THE_SHELL = new Set(['_', 'SHLVL', 'PWD', 'OLDPWD', 'BASH_ENV', 'ENV', 'BASHOPTS', 'SHELLOPTS']);
const LONGEST_ENVIRONMENT = 8 * 1024 * 1024;
const LAST_LINES = 20;

export interface SourcingRequest {
  readonly runProgram: RunProgram;
  /** Absolute path of oe-init-build-env. */
  readonly initScript: string;
  /** Absolute. */
  readonly buildDirectory: string;
  /** Absolute path of the templates: TEMPLATECONF. */
  readonly templates: string;
  /** No secret is in it: the script is a program of the repository. */
  readonly environment: Variables;
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}

/**
 * Makes the build folder with the repository's init script and gives the environment it leaves. Success is what is
 * there afterwards: both configuration files, and bitbake in PATH. Throws tool `build.environment-failed` and
 * `build.no-bitbake`.
 */
export async function sourceEnvironment(request: SourcingRequest): Promise<Variables> {
  const { buildDirectory, environment, initScript } = request;
  const lastLines: string[] = [];
  const { stdout } = await request.runProgram({
    file: 'bash',
    arguments: ['--noprofile', '--norc', '-c', SCRIPT, 'osrel-environment', initScript, buildDirectory],
    workingDirectory: join(buildDirectory, '..'),
    environment: { ...withoutShell(environment), TEMPLATECONF: request.templates },
    signal: request.signal,
    keepStdout: LONGEST_ENVIRONMENT,
    onLine: (line, stream) => {
      if (stream === 'stdout') return;
      if (lastLines.push(line) > LAST_LINES) lastLines.shift();
      request.onLine(line);
    },
  });
  const left = withoutShell(parseEnvironment(stdout));
  for (const name of ['conf/local.conf', 'conf/bblayers.conf']) {
    if (!(await isReadable(join(buildDirectory, name)))) throw notMade(name, request, lastLines);
  }
  if (!(await isInPath('bitbake', left.PATH ?? ''))) throw noBitbake(initScript);
  return left;
}

/** `env -0`: names and values, each ended by a zero byte; exported shell functions are left out. */
export function parseEnvironment(text: string): Variables {
  const entries = text.split('\0').flatMap((entry) => {
    const at = entry.indexOf('=');
    const name = entry.slice(0, at);
    return at > 0 && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? [[name, entry.slice(at + 1)] as const] : [];
  });
  return Object.fromEntries(entries);
}

function withoutShell(environment: Variables): Variables {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !OF_THE_SHELL.has(name)));
}

async function isReadable(path: string): Promise<boolean> {
  try {
    await access(path, constants.R_OK);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function isInPath(program: string, path: string): Promise<boolean> {
  for (const folder of path.split(':').filter((each) => each !== '')) {
    try {
      await access(join(folder, program), constants.X_OK);
      return true;
    } catch {
      // Not there, or not for this user: the next folder may have it, as the system itself would look.
    }
  }
  return false;
}

function notMade(name: string, request: SourcingRequest, lastLines: readonly string[]): OsrelError {
  const lines = lastLines.map((line) => `\n  ${line}`).join('');
  return toolFailed(
    'build.environment-failed',
    `${request.initScript} did not make ${name} in ${request.buildDirectory}${lines === '' ? '' : `; it said:${lines}`}`,
    {
      hint: `the same by hand: TEMPLATECONF=${request.templates} . ${request.initScript} ${request.buildDirectory}`,
      details: { lastLines },
    },
  );
}

function noBitbake(initScript: string): OsrelError {
  return toolFailed('build.no-bitbake', `there is no bitbake in the PATH that ${initScript} leaves`, {
    hint: 'bitbake comes with poky, or lies beside openembedded-core: git submodule update --init --recursive',
  });
}
