import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { BuildObserver, Clock, OsBuilder, OsBuildOutput, OsBuildRequest } from '@osrel/core';
import type { BuildCache, BuildCacheRequest } from '../build-cache.ts';
import type { OccupiedSlot, ProgramSlot, RunProgram } from '../program-runner.ts';
import { type BuildStamps, createBuildStamps } from './build-stamp.ts';
import type { BuildSummary } from './build-watch.ts';
import { collectOutput } from './collect-output.ts';
import type { BitbakeStopping } from './create-bitbake-stopping.ts';
import { findBuildFailure } from './find-build-failure.ts';
import type { FrontEnd, PreparedBuild } from './front-end.ts';
import { openBuildMeasure } from './measure-build.ts';
import { runBuild } from './run-build.ts';
import { type BuildHistory, createBuildHistory } from './watch/create-build-history.ts';
import { createBuildWatch } from './watch/create-build-watch.ts';

export interface OsBuilderOptions {
  /** Absolute path of the device repository's root. */
  readonly root: string;
  readonly runProgram: RunProgram;
  /** The place in which one build of this repository at a time may run. */
  readonly slot: ProgramSlot;
  readonly frontEndOf: (request: OsBuildRequest) => FrontEnd;
  readonly stopping: BitbakeStopping;
  readonly cache: BuildCache;
  readonly clock: Clock;
  /** Absolute path; default `<root>/.osrel/cache/builds`. */
  readonly stateFolder?: string;
  /** Absolute path of what this machine remembers of earlier builds; default `<root>/.osrel/cache/build-history`. */
  readonly historyFolder?: string | undefined;
  readonly killAfterMs?: number | undefined;
}

/**
 * Builds with the front end that the settings name, into a folder of the repository. Success is the end of the program,
 * what the build says of itself, and the files that are there afterwards; the text of the log alone proves nothing
 * (balena-workflow 4.3).
 */
export function createOsBuilder(options: OsBuilderOptions): OsBuilder {
  const folder = options.stateFolder ?? join(options.root, '.osrel/cache/builds');
  const stamps = createBuildStamps(folder);
  const history = createBuildHistory(
    options.historyFolder ?? join(options.root, '.osrel/cache/build-history'),
  );
  return {
    describe: async (request) => {
      const { frontEnd, command, ownVariables, settingsFile, notes, problems } = await options
        .frontEndOf(request)
        .prepare(request);
      return { frontEnd, command, ownVariables, settingsFile, notes, problems };
    },
    findFinished: async (request) => (await stamps.findValid(request))?.output,
    build: async (request, observer) => {
      const place = await options.slot.occupy({ signal: observer.signal, onWait: observer.onLine });
      try {
        return await build({ ...options, request, observer, place, stamps, history, folder });
      } finally {
        await place.leave();
      }
    },
  };
}

interface BuildWork extends OsBuilderOptions {
  readonly request: OsBuildRequest;
  readonly observer: BuildObserver;
  readonly place: OccupiedSlot;
  readonly stamps: BuildStamps;
  readonly history: BuildHistory;
  /** Absolute path of what osrel itself keeps about builds. */
  readonly folder: string;
}

async function build(work: BuildWork): Promise<OsBuildOutput> {
  const { request, observer, stamps } = work;
  const previous = await stamps.find(request);
  const prepared = await work.frontEndOf(request).prepare(request);
  const begunNs = await stamps.begin(request);
  const cached = cacheRequestOf(prepared, work);
  await work.cache.restore(cached);
  let summary: BuildSummary;
  try {
    summary = await runPrepared(prepared, work);
  } finally {
    // Also after a failed build: what it finished is worth as much as that of a good one.
    await work.cache.save(cached);
  }
  const { assetRoot, imagesDirectory } = prepared;
  const output = await collectOutput({
    build: request,
    assetRoot,
    imagesDirectory,
    begunNs,
    previous,
    keptFinishedWork: summary.tasks !== null && summary.tasks.ran < summary.tasks.total,
    signal: observer.signal,
  });
  await stamps.finish(request, output);
  return output;
}

/** What the build told of itself. Throws when it did not succeed, by whatever sign. */
async function runPrepared(prepared: PreparedBuild, work: BuildWork): Promise<BuildSummary> {
  const { observer, place, stopping, folder } = work;
  const eventLog = join(folder, 'eventlog.json');
  for (const note of prepared.notes) observer.onLine(`NOTE: ${note}`);
  const measure = await openBuildMeasure({ ...work, prepared });
  await place.building(await stopping.note(prepared.buildDirectory));
  // A killed osrel may have left that of another build.
  await rm(eventLog, { force: true });
  const started = await prepared.begin({
    signal: observer.signal,
    endNow: observer.endNow,
    onLine: observer.onLine,
    eventLog,
    mark: place.environment,
  });
  try {
    const watch = createBuildWatch({
      now: () => Date.parse(work.clock.now()),
      variables: prepared.watchedVariables ?? [],
      ...(measure.earlier === undefined ? {} : { history: measure.earlier }),
    });
    const ended = await runBuild({
      started,
      watch,
      observer,
      runProgram: work.runProgram,
      clock: work.clock,
      onStart: async (pid) => {
        stopping.started(prepared.buildDirectory, pid);
        await place.started(pid);
      },
      killAfterMs: work.killAfterMs,
    });
    await measure.close(ended.summary);
    const failure = await findBuildFailure({ ...work, ended, started, prepared });
    if (failure !== undefined) throw failure;
    return ended.summary;
  } finally {
    await started
      .finish()
      .finally(() => stopping.end(prepared.buildDirectory))
      // It holds the value of every variable, secrets among them.
      .finally(() => rm(eventLog, { force: true }));
  }
}

function cacheRequestOf(
  { buildDirectory }: PreparedBuild,
  { root, request, observer }: BuildWork,
): BuildCacheRequest {
  const { settings } = request;
  const { signal, onLine } = observer;
  // Where OE-Core keeps them unless it is told otherwise.
  const folderOf = (path: string | null, usual: string): string =>
    path === null ? join(buildDirectory, usual) : resolve(root, path);
  return {
    settings,
    sharedState: folderOf(settings.sharedState, 'sstate-cache'),
    downloads: folderOf(settings.downloads, 'downloads'),
    readsInPlace: settings.container === null,
    signal,
    onLine,
  };
}
