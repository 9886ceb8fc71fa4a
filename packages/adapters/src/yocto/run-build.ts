import { type BuildObserver, type Clock, listLines } from '@osrel/core';
import type { ProgramEnd, RunProgram } from '../program-runner.ts';
import type { BuildSummary, BuildWatch } from './build-watch.ts';
import type { StartableBuild } from './front-end.ts';
import { followEventLog } from './watch/follow-event-log.ts';

export interface RunBuildRequest {
  readonly started: StartableBuild;
  readonly watch: BuildWatch;
  readonly observer: BuildObserver;
  readonly runProgram: RunProgram;
  readonly clock: Clock;
  /** Told the process id, which is also that of the program's group. */
  readonly onStart: (pid: number) => Promise<void>;
  readonly killAfterMs?: number | undefined;
}

export interface EndedBuild {
  readonly end: ProgramEnd;
  readonly summary: BuildSummary;
  /** The last lines of the console. */
  readonly lastLines: readonly string[];
}

const PROGRESS_EVERY_MS = 500;
const LAST_LINES = 20;

/**
 * Runs the command of a build and follows its console and its event log to the end of both. Throws what `runProgram`
 * throws, also when the build was asked to end and ended well: who asked wants to hear that it was cancelled.
 */
export async function runBuild(request: RunBuildRequest): Promise<EndedBuild> {
  const { started, watch, observer } = request;
  const ended = new AbortController();
  const objection = new AbortController();
  const lastLines: string[] = [];
  const follows = [
    tellProgress(request, ended.signal),
    started.eventLog === null
      ? Promise.resolve()
      : followEventLog({ path: started.eventLog, onLine: watch.event, signal: ended.signal }),
  ];
  try {
    const { end } = await request.runProgram({
      ...started.command,
      signal: AbortSignal.any([observer.signal, objection.signal]),
      endNow: AbortSignal.any([observer.endNow, objection.signal]),
      ...(started.askToEnd === undefined ? {} : { askToEnd: started.askToEnd }),
      onStart: request.onStart,
      onLine: (line) => takeLines(`${line}\n`),
      onLines: takeLines,
      ...(request.killAfterMs === undefined ? {} : { killAfterMs: request.killAfterMs }),
    });
    ended.abort();
    await Promise.all(follows);
    observer.onProgress(watch.progress());
    return { end, summary: watch.summary(), lastLines };
  } finally {
    ended.abort();
    await Promise.allSettled(follows);
  }

  function takeLines(text: string): void {
    const lines = listLines(text);
    for (const line of lines) watch.line(line);
    lastLines.push(...lines.slice(-LAST_LINES));
    lastLines.splice(0, lastLines.length - LAST_LINES);
    if (observer.onLines !== undefined) observer.onLines(text);
    else for (const line of lines) observer.onLine(line);
  }

  async function tellProgress({ clock }: RunBuildRequest, stop: AbortSignal): Promise<void> {
    let told = '';
    let isJudged = started.findObjection === undefined;
    while (!stop.aborted) {
      await clock.sleep(PROGRESS_EVERY_MS, stop).catch(() => undefined); // it only ends early when told to stop
      if (stop.aborted) return;
      const progress = watch.progress();
      if (!isJudged) {
        const error = started.findObjection?.(watch.summary());
        if (error !== undefined) objection.abort(error);
        // What the build is made of is settled before its first task.
        isJudged = error !== undefined || progress.tasks !== null;
      }
      const text = JSON.stringify(progress);
      if (text !== told) observer.onProgress(progress);
      told = text;
    }
  }
}
