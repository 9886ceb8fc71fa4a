import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { badConfig, type LeviathanConfig, rigFailed } from '@osrel/core';
import type { ProcessSignals, ProgramOutcome, RunProgram } from '../../program-runner.ts';
import type { ComposeProject } from '../compose/compose-project.ts';
import type { CallDocker } from '../compose/docker-program.ts';
import type { DriveRequest } from '../drive-natively.ts';
import type { SettingsPlaces } from '../suite-settings.ts';
import { imageNameOf } from '../suite-settings.ts';

/** The client as it is started, and where it sees the files of the suite. */
export interface ClientCommand {
  readonly places: SettingsPlaces;
  /** Runs it to its end; when `signal` aborts it is asked to end, and killed when `endNow` does. */
  readonly run: (terms: ClientTerms) => Promise<ProgramOutcome>;
}

export interface ClientTerms {
  readonly signal: AbortSignal;
  readonly endNow: AbortSignal;
  readonly onLine: (line: string) => void;
}

/** Files of one run of the client; absolute paths. */
export interface ClientFolders {
  /** Holds config.json and nothing else that is not meant for the client. */
  readonly workspace: string;
  /** The client writes `reports/` below the folder it is started in. */
  readonly start: string;
  readonly reports: string;
  readonly temporary: string;
  /** An empty file: the client would make its own in /home, where it may not write. */
  readonly emptyFile: string;
}

export interface CommandOptions {
  readonly config: LeviathanConfig;
  /** Absolute path of the repository root. */
  readonly root: string;
  readonly runProgram: RunProgram;
  /** The environment of the client; no secret. */
  readonly environment: Readonly<Record<string, string>>;
  readonly signals: Pick<ProcessSignals, 'send'>;
  readonly findProject: (name: string) => ComposeProject | undefined;
  /** Docker's client, for the client's container. */
  readonly callDocker: CallDocker;
}

const KILL_AFTER_MS = 2_000;
/** The real bound is `endNow`. */
const GRACE_SECONDS = '600';
const IN_CONTAINER = '/usr/src/app';

/**
 * The configured program, else the client's container in the compose project of the core. Throws config `lab.no-client`
 * when there is neither.
 */
export function createClientCommand(
  options: CommandOptions,
  drive: DriveRequest,
  folders: ClientFolders,
): ClientCommand {
  const { client } = options.config;
  const project = drive.place.project === null ? undefined : options.findProject(drive.place.project);
  if (client.length > 0) return programCommand(options, drive, folders);
  if (project !== undefined) return containerCommand(options, { drive, folders, project });
  throw badConfig(
    'lab.no-client',
    `suite ${drive.request.id} is to be driven by the stock client, and none is named`,
    {
      hint: 'in osrel.yml: tests.leviathan.client: [node, leviathan/client/bin/multi-client.js], or leave out tests.leviathan.cores',
    },
  );
}

function programCommand(options: CommandOptions, drive: DriveRequest, folders: ClientFolders): ClientCommand {
  const { request, workspace, place } = drive;
  if (place.project !== null && request.worker === 'qemu') {
    throw badConfig(
      'lab.client-outside',
      'a client outside of the compose project cannot reach its QEMU rig by the name that the core uses',
      {
        hint: 'leave out tests.leviathan.client: the client then runs in a container beside the core',
      },
    );
  }
  const core = new URL(place.coreUrl);
  const [file = '', ...words] = options.config.client.map((word) => resolveWord(word, options.root));
  return {
    places: {
      suite: workspace.suite.directory,
      image: workspace.image?.path ?? folders.emptyFile,
      kernelHeaders: workspace.kernelHeaders?.path ?? folders.emptyFile,
    },
    run: (terms) =>
      options.runProgram({
        ...terms,
        file,
        arguments: [...words, '-c', join(folders.workspace, 'config.json'), '-w', folders.temporary],
        workingDirectory: folders.start,
        environment: {
          ...options.environment,
          CORE_HOST: core.hostname,
          CORE_PORT: core.port === '' ? '80' : core.port,
          ...(request.secureBoot ? { FLASHER_SECUREBOOT: '1' } : {}),
          // The child that it forks writes there under names that another client would use as well.
          TMPDIR: folders.temporary,
        },
        // Its own process only: it hands the signal on to its child and waits for it.
        askToEnd: async (pid) => options.signals.send(pid, 'SIGTERM'),
        killAfterMs: KILL_AFTER_MS,
      }),
  };
}

/** Words that are paths are relative to the repository root, not to the folder the client is started in. */
function resolveWord(word: string, root: string): string {
  return word.includes('/') && !isAbsolute(word) && !word.startsWith('-') ? resolve(root, word) : word;
}

interface ContainerClient {
  readonly drive: DriveRequest;
  readonly folders: ClientFolders;
  readonly project: ComposeProject;
}

/** Files are mounted one by one where they lie: nothing is copied into a workspace. */
function containerCommand(
  { callDocker }: CommandOptions,
  { drive, folders, project }: ContainerClient,
): ClientCommand {
  const { request, workspace } = drive;
  const inWorkspace = `${IN_CONTAINER}/workspace`;
  const image = `${inWorkspace}/${imageNameOf(request) ?? 'empty'}`;
  const headers = `${inWorkspace}/kernel_modules_headers.tar.gz`;
  const mounts = [
    [workspace.image?.path ?? folders.emptyFile, image],
    [workspace.kernelHeaders?.path ?? folders.emptyFile, headers],
  ].flatMap(([source, target]) => ['--volume', `${source}:${target}:ro`]);
  const container = `${project.name}-client`;
  const command = ['run', '--rm', '--no-deps', '-T', '--name', container, ...mounts, 'client'];
  return {
    places: {
      suite: `${IN_CONTAINER}/suites/${basename(workspace.suite.directory)}`,
      image,
      kernelHeaders: headers,
    },
    run: async (terms) => {
      const answer = await project.compose([...command, '-c', `${inWorkspace}/config.json`], {
        ...terms,
        variables: {
          WORKSPACE: folders.workspace,
          REPORTS: folders.reports,
          SUITES: dirname(workspace.suite.directory),
        },
        askToEnd: async () => {
          const words = ['stop', '--time', GRACE_SECONDS, container];
          await callDocker({ words, signal: terms.endNow }).catch(() => {});
        },
      });
      if (!answer.succeeded && answer.end.kind === 'exited' && answer.end.exitCode === 125) {
        throw rigFailed(
          'lab.client-failed',
          `the container of the stock client does not start: ${answer.complaint}`,
          {
            hint: 'see what docker says; its image is that of tests.leviathan.images.client',
          },
        );
      }
      return { end: answer.end, stdout: answer.stdout, stdoutWasCut: false };
    },
  };
}
