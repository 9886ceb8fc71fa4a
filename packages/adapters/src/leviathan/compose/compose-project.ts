import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type OsrelError, rigFailed } from '@osrel/core';
import type { CallDocker, DockerAnswer, DockerCall } from './docker-program.ts';
import { removeProject } from './remove-project.ts';
import {
  composeFilesOf,
  type ProjectWish,
  renderOverride,
  renderVariables,
  servicesOf,
} from './render-project.ts';

export interface ProjectOptions {
  readonly call: CallDocker;
  readonly name: string;
  /** All of the wish but for the folder that this makes. */
  readonly wish: Omit<ProjectWish, 'emptyFolder'>;
  /** Absolute path of a folder that exists. */
  readonly temporaryDirectory: string;
  /** Absolute path that the containers' logs go to when something fails; its folder is made. */
  readonly logPath: string;
  readonly onLine: (line: string) => void;
}

/** The containers of one suite, apart from all others by the name of their compose project. */
export interface ComposeProject {
  readonly name: string;
  /** Starts the services. Throws rig `lab.compose-failed`, and the signal's reason. */
  readonly up: (signal: AbortSignal) => Promise<void>;
  /** `host:port` of this machine that leads to a port of a service. Throws rig `lab.compose-failed`. */
  readonly addressOf: (service: string, port: number, signal: AbortSignal) => Promise<string>;
  /** Whether a container of the service runs. */
  readonly isRunning: (service: string, signal: AbortSignal) => Promise<boolean>;
  /** Any other command of compose in this project. */
  readonly compose: (words: readonly string[], call: Omit<DockerCall, 'words'>) => Promise<DockerAnswer>;
  /** Keeps what the containers printed; the file's path, or null when there is nothing to be had. Does not throw. */
  readonly keepLogs: () => Promise<string | null>;
  /** Stops and removes it, bounded. Does not throw: what is left is told, and its name suffices to remove it later. */
  readonly down: () => Promise<void>;
}

const UP_MS = 10 * 60_000;
const ANSWER_MS = 20_000;
const STOP_MS = 15_000;
const DOWN_MS = 60_000;
/** Seconds between SIGTERM and SIGKILL. The core's first process passes no signal on, so waiting longer is for nothing (leviathan 3.5). */
const GRACE_SECONDS = '1';

/** Writes our compose file into a private folder; starts nothing. */
export async function createComposeProject(options: ProjectOptions): Promise<ComposeProject> {
  const { call, name, logPath, onLine } = options;
  const folder = await mkdtemp(join(options.temporaryDirectory, 'osrel-compose-'));
  const wish: ProjectWish = { ...options.wish, emptyFolder: join(folder, 'empty') };
  const words = await writeFiles(folder, name, wish);
  const compose: ComposeProject['compose'] = (command, rest) =>
    call({
      ...rest,
      words: [...words, ...command],
      variables: { ...renderVariables(wish), ...rest.variables },
    });
  const never = () => new AbortController().signal;

  return {
    name,
    compose,
    up: async (signal) => {
      const command = ['up', '--detach', '--no-build', '--no-color', ...servicesOf(wish.request)];
      const answer = await compose(command, { signal, timeoutMs: UP_MS });
      if (!answer.succeeded) throw composeFailed(name, 'its containers do not start', answer.complaint);
    },
    addressOf: async (service, port, signal) => {
      const answer = await compose(['port', service, String(port)], { signal, timeoutMs: ANSWER_MS });
      const address = /^[0-9.]+:([1-9]\d*)$/m.exec(answer.stdout)?.[0];
      if (answer.succeeded && address !== undefined) return address;
      const because = answer.succeeded ? `docker answered "${answer.stdout}"` : answer.complaint;
      throw composeFailed(name, `port ${port} of its ${service} is not open here`, because);
    },
    isRunning: async (service, signal) => {
      const filters = [`project=${name}`, `service=${service}`].flatMap((label) => [
        '--filter',
        `label=com.docker.compose.${label}`,
      ]);
      const answer = await call({ words: ['ps', '--quiet', ...filters], signal, timeoutMs: ANSWER_MS });
      return answer.succeeded && answer.stdout !== '';
    },
    keepLogs: async () => {
      try {
        const command = ['logs', '--no-color', '--timestamps'];
        const { stdout } = await compose(command, { signal: never(), timeoutMs: ANSWER_MS });
        if (stdout === '') return null;
        await mkdir(dirname(logPath), { recursive: true });
        await writeFile(logPath, `${stdout}\n`);
        onLine(`osrel: what the containers of ${name} printed is in ${logPath}`);
        return logPath;
      } catch {
        return null; // It is about another failure already, which is told.
      }
    },
    down: async () => {
      try {
        await compose(['stop', '--timeout', GRACE_SECONDS], { signal: never(), timeoutMs: STOP_MS });
        const command = ['down', '--volumes', '--remove-orphans', '--timeout', GRACE_SECONDS];
        const answer = await compose(command, { signal: never(), timeoutMs: DOWN_MS });
        if (!answer.succeeded) await removeProject(name, { call, signal: never() });
      } catch (error) {
        const because = error instanceof Error ? error.message : String(error);
        onLine(`osrel: ${because}; by hand: docker compose --project-name ${name} down --volumes`);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

/** The first words of every command of this project. */
async function writeFiles(folder: string, name: string, wish: ProjectWish): Promise<readonly string[]> {
  await mkdir(wish.emptyFolder);
  const override = join(folder, 'docker-compose.osrel.json');
  await writeFile(override, `${JSON.stringify(renderOverride(wish), null, 2)}\n`);
  // Else compose would read the .env of the checkout, which is somebody's own and may hold keys.
  const noVariables = join(folder, 'env');
  await writeFile(noVariables, '');
  return [
    'compose',
    '--project-name',
    name,
    '--project-directory',
    wish.checkout,
    '--env-file',
    noVariables,
    ...[...composeFilesOf(wish), override].flatMap((file) => ['--file', file]),
  ];
}

export function composeFailed(name: string, what: string, because: string): OsrelError {
  return rigFailed('lab.compose-failed', `Leviathan as compose project ${name}: ${what}: ${because}`, {
    hint: 'see what docker says; the compose files are those of tests.leviathan.checkout',
    retryable: true,
  });
}
