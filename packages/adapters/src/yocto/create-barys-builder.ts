import { join } from 'node:path';
import { type BuildObserver, type OsBuilder, type OsBuildRequest, toolFailed } from '@osrel/core';
import type { OccupiedSlot, ProgramEnd, ProgramSlot, RunProgram } from '../program-runner.ts';
import { barysCommand } from './barys-command.ts';
import { createBuildStamps } from './build-stamp.ts';
import { collectOutput } from './collect-output.ts';

export interface BarysBuilderOptions {
  /** Absolute path of the device repository's root. */
  readonly root: string;
  readonly runProgram: RunProgram;
  /** The place in which one build of this repository at a time may run. */
  readonly slot: ProgramSlot;
  /** The whole environment of the front end. */
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute path; default `<root>/.osrel/cache/builds`. */
  readonly stampFolder?: string;
  readonly killAfterMs?: number;
}

const LAST_LINES = 20;

/**
 * Builds with the device repository's own front end, barys, into `<root>/build`. Success is the exit code and the
 * files that are there afterwards; the text of the log proves nothing (balena-workflow 4.3).
 */
export function createBarysBuilder(options: BarysBuilderOptions): OsBuilder {
  const { root } = options;
  const stamps = createBuildStamps(options.stampFolder ?? join(root, '.osrel/cache/builds'));
  return {
    describe: (request) => barysCommand(request, options),
    findFinished: async (request) => (await stamps.findValid(request))?.output,
    build: async (request, observer) => {
      const previous = await stamps.find(request);
      const place = await options.slot.occupy({ signal: observer.signal, onWait: observer.onLine });
      try {
        const begunNs = await stamps.begin(request);
        await runFrontEnd(request, observer, { ...options, place });
        const assetRoot = join(root, 'build/tmp/deploy');
        const { signal } = observer;
        const output = await collectOutput({ build: request, assetRoot, begunNs, previous, signal });
        await stamps.finish(request, output);
        return output;
      } finally {
        await place.leave();
      }
    },
  };
}

async function runFrontEnd(
  request: OsBuildRequest,
  observer: BuildObserver,
  options: BarysBuilderOptions & { readonly place: OccupiedSlot },
): Promise<void> {
  const command = await barysCommand(request, options);
  const lastLines: string[] = [];
  const { end } = await options.runProgram({
    ...command,
    environment: { ...command.environment, ...options.place.environment },
    signal: observer.signal,
    onStart: options.place.started,
    onLine: (line) => {
      if (lastLines.push(line) > LAST_LINES) lastLines.shift();
      observer.onLine(line);
    },
    ...(options.killAfterMs === undefined ? {} : { killAfterMs: options.killAfterMs }),
  });
  if (end.kind === 'exited' && end.exitCode === 0) return;
  throw buildFailed(request, end, lastLines, join(options.root, 'barys.log'));
}

function buildFailed(
  request: OsBuildRequest,
  end: ProgramEnd,
  lastLines: readonly string[],
  logFile: string,
): Error {
  const how =
    end.kind === 'exited'
      ? `exit code ${end.exitCode}`
      : end.kind === 'killed'
        ? end.signalName
        : 'time over';
  const lines = lastLines.map((line) => `\n  ${line}`).join('');
  return toolFailed(
    'build.failed',
    `barys failed for machine ${request.machine}, service ${request.service}: ${how}; its last lines:${lines}`,
    {
      hint: `the whole log is ${logFile}; those of single tasks are in build/tmp/log and build/tmp/work`,
      details: {
        machine: request.machine,
        service: request.service,
        exitCode: end.kind === 'exited' ? end.exitCode : null,
        signal: end.kind === 'killed' ? end.signalName : null,
        lastLines,
        log: logFile,
      },
    },
  );
}
