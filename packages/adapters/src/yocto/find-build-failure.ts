import { type BuildObserver, type OsBuildRequest, type OsrelError, toolFailed } from '@osrel/core';
import type { ProgramEnd } from '../program-runner.ts';
import { REPOSITORY } from './container/container-paths.ts';
import type { PreparedBuild, StartableBuild } from './front-end.ts';
import { toHostPath } from './host-path.ts';
import { keepBuildLogs } from './keep-build-logs.ts';
import type { EndedBuild } from './run-build.ts';
import { diagnoseBuild } from './watch/diagnose-build.ts';
import { readLastLines } from './watch/read-last-lines.ts';

export interface BuildFailureQuestion {
  readonly ended: EndedBuild;
  readonly started: StartableBuild;
  readonly prepared: PreparedBuild;
  readonly request: OsBuildRequest;
  /** Absolute path of the device repository's root. */
  readonly root: string;
  readonly observer: BuildObserver;
}

/**
 * Why the build failed, with the first recipe and task and the end of its log; undefined when it succeeded. The logs of
 * a failed build are kept with the run; when that fails, it is told in a line.
 */
export async function findBuildFailure(question: BuildFailureQuestion): Promise<OsrelError | undefined> {
  const { ended, started, prepared, request, root, observer } = question;
  const objection = started.judge(ended.end, ended.summary);
  const succeeded = ended.end.kind === 'exited' && ended.end.exitCode === 0;
  if (succeeded && objection === undefined) return undefined;
  const mappings = request.settings.container === null ? [] : [{ from: REPOSITORY, to: root }];
  const diagnosis = await diagnoseBuild({
    summary: ended.summary,
    readLog: readLastLines,
    mappings,
    consoleLines: ended.lastLines,
  });
  await keepBuildLogs({
    failed: ended.summary.failed,
    buildDirectory: prepared.buildDirectory,
    pathOf: (path) => toHostPath(path, mappings),
    keepLog: observer.keepLog,
  }).catch((error: unknown) =>
    // The disk may be full, which then is why the build failed: that must be told, not this.
    observer.onLine(`WARNING: the logs of the failed build were not kept: ${String(error)}`),
  );
  const { sentence, hint, recipe, task, logFile, lastLines } = diagnosis;
  const how = objection ?? describeEnd(ended.end);
  return toolFailed(
    diagnosis.code,
    `${prepared.frontEnd} failed for machine ${request.machine}, service ${request.service} (${how}): ${sentence}`,
    {
      hint: hint === '' ? 'see the last lines of its output' : hint,
      details: {
        machine: request.machine,
        service: request.service,
        exitCode: ended.end.kind === 'exited' ? ended.end.exitCode : null,
        signal: ended.end.kind === 'killed' ? ended.end.signalName : null,
        recipe,
        task,
        logFile,
        lastLines,
        failedTasks: ended.summary.failed.filter(({ isSetscene }) => !isSetscene).length,
      },
    },
  );
}

function describeEnd(end: ProgramEnd): string {
  if (end.kind === 'exited') return `exit code ${end.exitCode}`;
  return end.kind === 'killed' ? end.signalName : 'time over';
}
