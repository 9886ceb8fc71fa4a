import { asOsrelError, cancelled, toolFailed } from '@osrel/core';
import { GitError, simpleGit } from 'simple-git';

export interface GitOptions {
  /** Absolute path of the checkout's root. */
  readonly root: string;
  /** Environment of git; absent: this process's own without its `GIT_*` variables. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Runs git with these arguments and gives its stdout. Throws tool `git.failed` with what git said. */
export type Git = (...gitArguments: readonly string[]) => Promise<string>;

/**
 * Git for reading one checkout. Reading must not run code of the repository (hooks, file-system monitor), must not
 * ask for a password, and must leave the user's configuration alone: trust in the checkout is given to each command
 * (balena-automation 2.3).
 */
export function createGit({ root, environment, signal }: GitOptions): Git {
  const client = simpleGit({
    baseDir: root,
    config: [
      `safe.directory=${root}`,
      `safe.directory=${root}/*`,
      'core.fsmonitor=false',
      'core.hooksPath=/dev/null',
      'core.askPass=true',
      'core.quotePath=false',
      'i18n.logOutputEncoding=UTF-8',
      'log.showSignature=false',
      'log.showRoot=true',
    ],
    // These values are ours, and each takes an ability away.
    unsafe: { allowUnsafeHooksPath: true, allowUnsafeFsMonitor: true, allowUnsafeAskPass: true },
    allowEnvironment: ['GIT_TERMINAL_PROMPT'],
    // By itself the client takes a failure that prints nothing for a success.
    errors: (error, { exitCode, stdErr, stdOut }) => {
      if (exitCode === 0) return error;
      const said = Buffer.concat([...stdErr, ...stdOut])
        .toString('utf8')
        .trim();
      return new Error(said === '' ? (error?.toString() ?? `exit code ${exitCode}`) : said);
    },
    ...(signal === undefined ? {} : { abort: signal }),
  });
  if (environment !== undefined) client.env({ ...environment, GIT_TERMINAL_PROMPT: '0' });
  return async (...gitArguments) => {
    try {
      signal?.throwIfAborted();
      return await client.raw(['--no-optional-locks', ...gitArguments]);
    } catch (error) {
      throw signal?.aborted ? stopped(signal) : gitFailure(error, gitArguments, root);
    }
  };
}

function stopped(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return (
    asOsrelError(reason) ??
    cancelled('git.stopped', 'reading the git repository was stopped', { cause: reason })
  );
}

function gitFailure(error: unknown, gitArguments: readonly string[], root: string): unknown {
  if (!(error instanceof GitError)) return error;
  if (error.message.includes('spawn git ENOENT')) {
    return toolFailed('git.missing', 'git was not found', {
      hint: 'install git (2.36 or newer) and see that PATH has it',
      cause: error,
    });
  }
  const said = error.message.split('\n').find((line) => line.trim() !== '') ?? error.message;
  return toolFailed('git.failed', `git ${gitArguments[0]} failed in ${root}: ${said}`, { cause: error });
}
