import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { styleText } from 'node:util';

export const ROOT = dirname(dirname(import.meta.dirname));
export const WORK = join(ROOT, 'demo-work');
export const REPOSITORY = join(WORK, 'device-repository');
/** Unpacked Debian packages for the bootable image; kept between runs, so that only the first one downloads. */
export const BOOT_PACKAGES = join(ROOT, '.tools', 'boot-packages');
/** `owner/name` of the made-up repository at the code host. */
export const NAME = 'example-os/device-repository';
const OSREL = join(ROOT, 'packages', 'cli', 'bin', 'osrel');

const ENVIRONMENT: NodeJS.ProcessEnv = {
  ...withoutCi(process.env),
  OSREL_BOOT_PACKAGES: BOOT_PACKAGES,
  XDG_CACHE_HOME: join(ROOT, '.tools', 'cache'),
  GIT_AUTHOR_NAME: 'Ada Example',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Ada Example',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
};

/** A fresh copy of the example repository, without a history yet. */
export function setTheStage(): void {
  rmSync(WORK, { recursive: true, force: true });
  mkdirSync(WORK, { recursive: true });
  const left = new Set(
    ['build', 'build-tools', 'deploy', '.osrel', '.git'].map((name) =>
      join(ROOT, 'examples', 'device-repository', name),
    ),
  );
  cpSync(join(ROOT, 'examples', 'device-repository'), REPOSITORY, {
    recursive: true,
    filter: (path) => !left.has(path),
  });
}

export function chapter(number: number, title: string): void {
  process.stdout.write(`\n${styleText(['bold', 'cyan'], `${number}. ${title}`)}\n`);
}

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Runs osrel in the repository with its output shown; a status other than the expected one ends the demo. */
export function osrel(
  commandLine: readonly string[],
  options: { readonly expect?: number; readonly environment?: Readonly<Record<string, string>> } = {},
): void {
  announce(commandLine, options.environment);
  const result = spawnSync(OSREL, commandLine, {
    cwd: REPOSITORY,
    env: { ...ENVIRONMENT, ...options.environment },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const expected = options.expect ?? 0;
  if (result.status === expected) {
    if (expected !== 0) say(styleText('dim', `(exit status ${expected}, as it should be)`));
    return;
  }
  throw new Error(
    `osrel ${commandLine.join(' ')} ended with status ${result.status ?? result.signal}, ${expected} was expected`,
  );
}

/** Starts osrel and kills it with SIGKILL as soon as a line of its output matches. */
export async function osrelKilledAt(
  commandLine: readonly string[],
  isTime: (line: string) => boolean,
): Promise<void> {
  announce(commandLine);
  const child = spawn(OSREL, commandLine, {
    cwd: REPOSITORY,
    env: ENVIRONMENT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const watch = (chunk: Buffer): void => {
    process.stdout.write(chunk);
    if (chunk.toString('utf8').split('\n').some(isTime)) child.kill('SIGKILL');
  };
  child.stdout.on('data', watch);
  child.stderr.on('data', watch);
  const signal = await new Promise<NodeJS.Signals | null>((resolve) => {
    child.on('close', (_, given) => resolve(given));
  });
  if (signal !== 'SIGKILL') throw new Error('osrel was done before it could be killed');
  say(styleText('red', 'kill -9: osrel is gone, in the middle of the deploy'));
}

/** Runs git in the repository and answers its output. */
export function git(...commandLine: readonly string[]): string {
  const result = spawnSync('git', commandLine, { cwd: REPOSITORY, env: ENVIRONMENT, encoding: 'utf8' });
  if (result.status !== 0)
    throw new Error(`git ${commandLine.join(' ')} failed: ${result.error?.message ?? result.stderr}`);
  return result.stdout.trim();
}

/** Runs another program with its output shown; answers its status, null when it cannot be started. */
export function run(file: string, commandLine: readonly string[]): number | null {
  const result = spawnSync(file, commandLine, {
    cwd: REPOSITORY,
    env: ENVIRONMENT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return result.error === undefined ? result.status : null;
}

/** Writes a file of the repository. */
export function write(name: string, text: string): void {
  writeFileSync(join(REPOSITORY, name), text);
}

function announce(commandLine: readonly string[], environment: Readonly<Record<string, string>> = {}): void {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value} `);
  process.stdout.write(`\n${styleText('bold', `$ ${variables.join('')}osrel ${commandLine.join(' ')}`)}\n`);
}

/** The demo plays every event itself; a CI it happens to run in must not be taken for one. */
function withoutCi(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isCi = (name: string): boolean =>
    name === 'CI' || name.startsWith('GITHUB_') || name.startsWith('RUNNER_');
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !isCi(name)));
}
