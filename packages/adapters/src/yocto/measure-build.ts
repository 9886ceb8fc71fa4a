import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, OsBuildRequest } from '@osrel/core';
import type { BuildSummary } from './build-watch.ts';
import type { PreparedBuild } from './front-end.ts';
import { freeBytesAt, refuseSmallDisk } from './refuse-small-disk.ts';
import type { BuildRecord } from './watch/build-record.ts';
import type { BuildHistory } from './watch/create-build-history.ts';

export interface BuildMeasureQuestion {
  readonly request: OsBuildRequest;
  readonly prepared: PreparedBuild;
  readonly history: BuildHistory;
  readonly clock: Clock;
}

export interface BuildMeasure {
  /** What earlier builds of this kind took. */
  readonly earlier: BuildRecord | undefined;
  /** Adds this build to the history, however it ended. */
  readonly close: (summary: BuildSummary) => Promise<void>;
}

/**
 * Begins to measure a build: its tasks, its time, and, when it starts from scratch, the room it takes on the disk.
 * Throws tool `build.disk-too-small` where the last build of this kind tells that there is too little.
 */
export async function openBuildMeasure(question: BuildMeasureQuestion): Promise<BuildMeasure> {
  const { request, prepared, history, clock } = question;
  const { recipe, image, settings, machine } = request;
  const target = settings.targets.length > 0 ? settings.targets.join(' ') : (recipe ?? image);
  const kind = { machine, target, frontEnd: prepared.frontEnd };
  const earlier = await history.find(kind);
  // Not a fresh build over an old one: how much the removal of that frees is not known.
  const isFromScratch = !(await isThere(join(prepared.buildDirectory, 'tmp')));
  const freeBytes = await freeBytesAt(prepared.buildDirectory);
  if (isFromScratch)
    refuseSmallDisk(prepared.buildDirectory, { freeBytes, earlierBytes: earlier?.buildBytes ?? null });
  const begunMs = Date.parse(clock.now());
  return {
    earlier,
    close: async ({ timed, tasks }) => {
      const taken = freeBytes - (await freeBytesAt(prepared.buildDirectory));
      const ended = {
        timed,
        ran: tasks?.ran ?? null,
        totalMs: Date.parse(clock.now()) - begunMs,
        buildBytes: isFromScratch && taken > 0 ? taken : null,
      };
      // An estimate: a home folder that cannot be written to is no reason to fail a build.
      await history.save(kind, ended).catch((error: unknown) => {
        if (!(error instanceof Error && 'code' in error)) throw error;
      });
    },
  };
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
