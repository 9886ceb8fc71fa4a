import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type BuildSettings, type OsBuildRequest, PLAIN_BUILD } from '@osrel/core';
import { createFindContainerEngine } from '../../container-engine/find-container-engine.ts';
import { runProgram } from '../../execa/run-program.ts';
import type { ProgramEnd } from '../../program-runner.ts';
import type { BuildSummary } from '../build-watch.ts';
import type { PreparedBuild, StartableBuild } from '../front-end.ts';
import { type ContainerFrontEndOptions, createContainerFrontEnd } from './create-container-front-end.ts';

export const TOKEN = 'token-of-production-4711';
export const SIGN_KEY = 'sign "key" 0815';
export const OWNER = '4242:1:0:1@here';

/** A device repository in a temporary folder, and the front end that builds it with an engine; for tests. */
export interface TestContainerBuild {
  readonly root: string;
  readonly privateFiles: () => Promise<readonly string[]>;
  readonly options: ContainerFrontEndOptions;
  /** Every line that was told. */
  readonly lines: readonly string[];
  readonly prepare: (settings?: Partial<BuildSettings>) => Promise<PreparedBuild>;
  readonly begin: (settings?: Partial<BuildSettings>) => Promise<StartableBuild>;
  /** Starts the command; `signal` and `endNow` as the builder would pass them. */
  readonly run: (started: StartableBuild, signals?: RunSignals) => Promise<ProgramEnd>;
  /** Replaces what the image's entry script does; `$WORK` is the repository, `$SECRETS` the file with secrets. */
  readonly entry: (script: string) => Promise<void>;
  readonly write: (path: string, text: string) => Promise<void>;
  /** Waits until the build wrote that file, and gives its text. */
  readonly appears: (path: string) => Promise<string>;
  readonly remove: () => Promise<void>;
}

export interface RunSignals {
  /** Told the process id of the engine's client. */
  readonly onStart?: (pid: number) => void;
  readonly signal?: AbortSignal;
  readonly endNow?: AbortSignal;
}

const CALLER = { uid: process.getuid?.() ?? 1000, gid: process.getgid?.() ?? 1000 };
/** Whoever runs the tests; root builds as somebody else. */
export const BUILDER = CALLER.uid === 0 ? { uid: 1000, gid: 1000 } : CALLER;

export const CONTAINER: NonNullable<BuildSettings['container']> = {
  engine: 'docker',
  image: null,
  user: BUILDER,
  apiEnvironment: 'balena-cloud.com',
};

export async function makeTestContainerBuild(
  environment: Readonly<Record<string, string>>,
  changes: Partial<ContainerFrontEndOptions> = {},
): Promise<TestContainerBuild> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'osrel-container-')));
  const root = join(folder, 'repository');
  const temporaryDirectory = join(folder, 'private');
  await mkdir(temporaryDirectory);
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text, { mode: 0o755 });
  };
  await write('balena-yocto-scripts/VERSION', '1.42.8\n');
  await write('balena-yocto-scripts/build/barys', '#!/bin/sh\n');
  const lines: string[] = [];
  const onLine = (line: string): void => void lines.push(line);
  const options: ContainerFrontEndOptions = {
    root,
    findEngine: createFindContainerEngine({ runProgram, environment, workingDirectory: root }),
    signals: { ownPid: 4242, send: (pid, signal) => void process.kill(pid, signal) },
    owner: { text: OWNER, isGone: (owner) => owner.startsWith('dead') },
    caller: CALLER,
    environment,
    secrets: { BALENAOS_PRODUCTION_TOKEN: TOKEN, SIGNING_KEY: SIGN_KEY },
    temporaryDirectory,
    listImages: async () => ['balena-image'],
    findOverrideSyntax: async () => 'colon',
    ...changes,
  };
  const frontEnd = createContainerFrontEnd(options);
  const prepare = (settings: Partial<BuildSettings> = {}) => frontEnd.prepare(exampleRequest(settings));
  const endNow = new AbortController();
  return {
    root,
    options,
    lines,
    write,
    prepare,
    privateFiles: async () => (await readdir(temporaryDirectory, { recursive: true })).sort(),
    begin: async (settings) =>
      (await prepare(settings)).begin({
        signal: new AbortController().signal,
        endNow: endNow.signal,
        onLine,
        eventLog: join(folder, 'events'),
        mark: { OSREL_MARK: 'mine' },
      }),
    run: async (started, signals = {}) => {
      signals.endNow?.addEventListener('abort', () => endNow.abort());
      const { end } = await runProgram({
        ...started.command,
        signal: signals.signal ?? new AbortController().signal,
        ...(started.askToEnd === undefined ? {} : { askToEnd: started.askToEnd }),
        ...(signals.endNow === undefined ? {} : { endNow: signals.endNow }),
        ...(signals.onStart === undefined ? {} : { onStart: signals.onStart }),
        killAfterMs: 5000,
        onLine,
      });
      return end;
    },
    entry: (script) => write('entry.sh', script),
    appears: (path) => appears(join(root, path)),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function appears(path: string): Promise<string> {
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline) {
    const text = await readFile(path, 'utf8').catch(() => '');
    if (text.endsWith('\n')) return text;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`${path} did not appear`);
}

export function exampleRequest(settings: Partial<BuildSettings> = {}): OsBuildRequest {
  return {
    machine: 'qemux86',
    slug: 'qemu',
    deviceTypeBaseName: 'qemu-x86',
    service: 'hostapp',
    image: 'balena-image',
    settings: {
      ...PLAIN_BUILD,
      container: CONTAINER,
      removeWork: true,
      variables: [
        { name: 'BB_GENERATE_MIRROR_TARBALLS', value: '1' },
        { name: 'DEVICE_TYPE', value: 'qemu-x86' },
      ],
      ...settings,
    },
    imageOutput: 'balena-image-qemux86.docker',
    expectedLabels: {},
    expectedFiles: [],
    expectedFolders: [],
    assets: [],
    sourceSha: null,
  };
}

export function summary(barysResults: BuildSummary['barysResults']): BuildSummary {
  return {
    failed: [],
    errors: [],
    warnings: [],
    timed: [],
    sharedState: null,
    tasks: null,
    wasInterrupted: false,
    barysResults,
    variables: {},
    unexplained: [],
  };
}
